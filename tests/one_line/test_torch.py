# SPDX-License-Identifier: Apache-2.0
"""keratin.torch beside torch: optimizers, bags, files, and what is refused."""
import copy
import io
import os
import pickle
import subprocess
import sys
import tempfile
import unittest

if os.environ.get("KERAS_BACKEND", "torch") != "torch":
    raise unittest.SkipTest("once, in the round of torch")

import torch
from torch_side_by_side import D, V, batches, compare, pair, step, train

import keratin.torch
from keratin.torch import Embedding, EmbeddingBag, optim

KINDS = (("SGD", dict(lr=0.05)), ("SGD", dict(lr=0.05, momentum=0.9)), ("SGD", dict(lr=0.02, momentum=0.8, nesterov=True)),
         ("SGD", dict(lr=0.05, momentum=0.9, dampening=0.3)), ("SGD", dict(lr=0.05, weight_decay=0.1)),
         ("RMSprop", dict(lr=0.01)), ("RMSprop", dict(lr=0.01, alpha=0.9, eps=1e-3)), ("RMSprop", dict(lr=0.01, momentum=0.8)),
         ("RMSprop", dict(lr=0.01, centered=True)), ("RMSprop", dict(lr=0.01, momentum=0.8, centered=True)),
         ("Adagrad", dict(lr=0.1)), ("Adagrad", dict(lr=0.1, lr_decay=0.01)), ("Adagrad", dict(lr=0.1, eps=0.0, initial_accumulator_value=0.1)),
         ("Adam", dict(lr=0.01)), ("Adam", dict(lr=0.01, amsgrad=True)), ("Adam", dict(lr=0.01, betas=(0.5, 0.9), eps=1e-2)),
         ("Adam", dict(lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)), ("Adam", dict(lr=torch.tensor(0.01))),
         ("AdamW", dict(lr=0.01)), ("AdamW", dict(lr=0.01, weight_decay=0.1, amsgrad=True)))


class Optimizers(unittest.TestCase):
    def test_numbers_of_torch(self):
        for kind, options in KINDS:
            with self.subTest(kind, **options):
                compare(self, kind, **options)

    def test_padding(self):
        compare(self, "RMSprop", module_options=dict(padding_idx=3), lr=0.01)
        compare(self, "SGD", module_options=dict(padding_idx=-1), lr=0.05, momentum=0.9)

    def test_maximize(self):
        for name in ("SGD", "RMSprop", "Adagrad", "Adam", "AdamW"):
            found = []
            for module, kind in zip(pair(), (torch.optim, optim)):
                train(module, getattr(kind, name)(module.parameters(), lr=0.01, maximize=True), 5)
                found.append(module.state_dict()["weight"])
            torch.testing.assert_close(found[1], found[0], rtol=1e-5, atol=1e-5)

    def test_a_schedule(self):
        def halved(step, optimizer):
            if step % 50 == 49:
                optimizer.param_groups[0]["lr"] *= 0.5
        for kind, options in (("SGD", dict(lr=0.05)), ("SGD", dict(lr=0.05, momentum=0.9)), ("RMSprop", dict(lr=0.01, momentum=0.5)),
                              ("Adagrad", dict(lr=0.1)), ("Adam", dict(lr=0.01)), ("AdamW", dict(lr=0.01))):
            with self.subTest(kind):
                compare(self, kind, halved, **options)
        module = Embedding(V, D)
        optimizer = optim.RMSprop(module.parameters(), lr=0.01)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.1)
        train(module, optimizer, 3, lambda step: schedule.step())

    def test_a_model_and_gradients_that_add_up(self):
        """One optimizer for rows and all else; backward twice; a clipped value."""
        results = []
        for module, kind in zip(pair(), (torch.optim, optim)):
            torch.manual_seed(5)
            model = torch.nn.Sequential(module, torch.nn.Linear(D, 1))
            optimizer = kind.RMSprop(model.parameters(), lr=0.01)
            hooks = []
            optimizer.register_step_post_hook(lambda *_: hooks.append(1))
            for step in range(10):
                optimizer.zero_grad()
                for ids in ([[1, 2, 1]], [[2, 7, step]]):
                    model(torch.tensor(ids)).square().mean().backward()
                optimizer.step()
            self.assertEqual(len(hooks), 10)
            results.append((module.state_dict()["weight"], model[1].weight.detach()))
        for theirs, ours in zip(*results):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)

    def test_a_clipped_norm(self):
        for norm_type in (2.0, 1.0, float("inf")):
            found = []
            for module, clip in zip(pair(), (torch.nn.utils.clip_grad_norm_, optim.clip_grad_norm_)):
                torch.manual_seed(5)
                model = torch.nn.Sequential(module, torch.nn.Linear(D, 1))
                for ids in ([[1, 2, 1]], [[2, 7, 3]]):
                    model(torch.tensor(ids)).square().sum().backward()
                norm = clip(model.parameters(), 0.5, norm_type)
                found.append((norm, module.weight.grad.to_dense(), model[1].weight.grad))
            for theirs, ours in zip(*found):  # sums of some 50 products
                torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
        module = Embedding(V, D)
        module(torch.tensor([1])).sum().backward()
        with self.assertRaises(NotImplementedError):
            torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)

    def test_two_optimizers(self):
        found = []
        for module, kind in zip(pair(), (torch.optim, optim)):
            both = kind.SGD(module.parameters(), lr=0.02, momentum=0.5), kind.RMSprop(module.parameters(), lr=0.01)
            for _ in range(5):
                for optimizer in both:
                    train(module, optimizer, 2)
            found.append(module.state_dict()["weight"])
        torch.testing.assert_close(found[1], found[0], rtol=1e-5, atol=1e-5)

    def test_a_step_without_gradient(self):
        module = Embedding(V, D)
        optimizer = optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
        before = module.state_dict()["weight"]
        module(torch.tensor([1]))  # whose gradient never comes
        optimizer.step()
        torch.testing.assert_close(module.state_dict()["weight"], before, rtol=0, atol=0)
        module(torch.tensor([], dtype=torch.int64)).sum().backward()
        optimizer.step()
        torch.testing.assert_close(module.state_dict()["weight"], before, rtol=0, atol=0)

    def test_nan(self):
        module = Embedding(V, D)
        (module(torch.tensor([2])) * float("nan")).sum().backward()
        optim.SGD(module.parameters(), lr=0.1).step()
        weight = module.state_dict()["weight"]
        self.assertTrue(weight[2].isnan().all() and not weight[3].isnan().any())

    def test_refused(self):
        module = Embedding(V, D)
        for kind, options, named in (("Adam", dict(weight_decay=0.1), "weight_decay"), ("Adam", dict(eps=0), "eps"), ("Adagrad", dict(eps=0), "eps"),
                                     ("Adagrad", dict(weight_decay=0.1), "weight_decay"), ("RMSprop", dict(eps=0), "eps"),
                                     ("RMSprop", dict(weight_decay=0.1), "weight_decay"), ("RMSprop", dict(alpha=1.0), "alpha"),
                                     ("RMSprop", dict(momentum=1.0), "momentum"), ("SGD", dict(momentum=1.5), "momentum"),
                                     ("RMSprop", dict(capturable=True), "capturable"), ("SGD", dict(differentiable=True), "differentiable"),
                                     ("SGD", dict(momentum=0.9, weight_decay=0.1), "weight_decay")):
            with self.subTest(kind, **options), self.assertRaisesRegex((NotImplementedError, ValueError), named):
                getattr(optim, kind)(module.parameters(), **options)
            getattr(optim, kind)(torch.nn.Linear(2, 2).parameters(), **({} if "capturable" in options else options))

    def test_changed_in_the_middle(self):
        module = Embedding(V, D)
        optimizer = optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
        train(module, optimizer, 2)
        before = module.state_dict()["weight"]
        optimizer.param_groups[0]["momentum"] = 0.8
        with self.assertRaisesRegex(ValueError, "momentum"):
            train(module, optimizer, 1)
        torch.testing.assert_close(module.state_dict()["weight"], before, rtol=0, atol=0)
        optimizer.param_groups[0]["momentum"] = 0.9
        train(module, optimizer, 1)
        self.assertFalse(torch.equal(module.state_dict()["weight"], before))

    def test_state_both_ways(self):
        """Each begins, and the other goes on with its file; a step's roundings as in `compare`, of steps no longer than lr."""
        for kind, options in KINDS:
            for table in ({}, dict(rows_drawn="on_demand")) if options in (dict(lr=0.01), dict(lr=0.1)) and kind != "AdamW" else ({},):
                with self.subTest(kind, **options, **table):
                    self.goes_on(kind, options, table)

    def goes_on(self, kind, options, table):
        def of(name, keratins):
            module = Embedding(V, D, **table) if keratins else torch.nn.Embedding(V, D)
            return module, getattr(optim if keratins else torch.optim, name)(module.parameters(), **options)
        first = pair()[0].state_dict()
        found = []
        for turns in ((False, False), (True, False), (False, True), (True, True)):
            state, steps = (first, None), iter(batches(40))
            for keratins in turns:
                module, optimizer = of(kind, keratins)
                module.load_state_dict(state[0])
                if state[1] is not None:
                    file = io.BytesIO()
                    torch.save(state[1], file)
                    file.seek(0)
                    optimizer.load_state_dict(torch.load(file))
                for _ in range(20):
                    step(module, optimizer, *next(steps))
                state = module.state_dict(), optimizer.state_dict()
            self.assertEqual(state[1]["param_groups"], found[0][1]["param_groups"] if found else state[1]["param_groups"])
            found.append(state)
        for weights, state in found[1:]:
            torch.testing.assert_close(weights["weight"], found[0][0]["weight"], rtol=2e-6, atol=1e-5)
            torch.testing.assert_close(state["state"], found[0][1]["state"], rtol=1e-4, atol=1e-5)

    def test_state_that_rows_on_demand_do_not_have(self):
        module = Embedding(V, D, rows_drawn="on_demand")
        optimizer = optim.AdamW(module.parameters(), lr=0.01)  # decays rows that were never drawn
        train(module, optimizer, 1)
        with self.assertRaisesRegex(ValueError, "on demand"):
            optimizer.state_dict()

    def test_copies_of_an_optimizer(self):
        _, module = pair()
        optimizer = optim.Adam(module.parameters(), lr=0.01)
        train(module, optimizer, 5)
        for copied, other in (copy.deepcopy((module, optimizer)), pickle.loads(pickle.dumps((module, optimizer)))):
            train(copied, other, 5)
            wanted, its = copy.deepcopy((module, optimizer))
            train(wanted, its, 5)
            torch.testing.assert_close(copied.state_dict(), wanted.state_dict(), rtol=0, atol=0)

    def test_state_that_does_not_fit(self):
        module = Embedding(V, D)
        optimizer = optim.Adam(module.parameters(), lr=0.01)
        for wrong in ({"step": torch.tensor(1.0)}, {"step": torch.tensor(1.0), "exp_avg": torch.zeros(V, 1), "exp_avg_sq": torch.zeros(V, D)}):
            with self.assertRaisesRegex(ValueError, "exp_avg"):
                optimizer.load_state_dict({"state": {0: wrong}, "param_groups": optimizer.state_dict()["param_groups"]})

    def test_no_sums_as_large_as_a_table(self):
        module = Embedding(V, D)
        optimizer = optim.Adagrad(list(module.parameters()) + [torch.nn.Parameter(torch.ones(2))])
        self.assertEqual([list(state) for state in optimizer.state.values()], [["step", "sum"]])

    def test_optimizers_of_torch_refuse_rows(self):
        for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.SparseAdam, torch.optim.Adagrad):
            module = Embedding(V, D)
            module(torch.tensor([1])).sum().backward()
            with self.subTest(kind.__name__), self.assertRaises(RuntimeError):
                kind(module.parameters(), lr=0.1).step()


class Bags(unittest.TestCase):
    def test_forward_and_gradient(self):
        torch.manual_seed(3)
        ids, offsets = torch.tensor([1, 5, 5, 3, 1, 9]), torch.tensor([0, 2, 2, 5])
        ends = torch.tensor([0, 2, 2, 5, 6])
        for mode in ("sum", "mean", "max"):
            for options, inputs in (({}, (ids, offsets)), (dict(padding_idx=5), (ids, offsets)), (dict(include_last_offset=True), (ids, ends)),
                                    ({}, (ids.reshape(2, 3),)), (dict(padding_idx=1), (ids.int().reshape(3, 2),)),
                                    (dict(padding_idx=1), (torch.tensor([[1, 1]]),)), ({}, (ids[:0], torch.tensor([0])))):
                for weighted in (None, False, True) if mode == "sum" else (None,):
                    with self.subTest(mode, inputs=inputs, weighted=weighted, **options):
                        self.beside_torch(mode, options, inputs, weighted)

    def beside_torch(self, mode, options, inputs, weighted):
        weights = None if weighted is None else torch.randn(inputs[0].shape)
        found = []
        for module in pair("EmbeddingBag", mode=mode, **options):
            given = None if weights is None else weights.clone().requires_grad_(weighted)
            result = module(*inputs, per_sample_weights=given)
            (result * torch.arange(1.0, result.numel() + 1).reshape(result.shape)).sum().backward()
            gradient = module.weight.grad.to_dense()
            found.append([result.detach(), gradient] + ([given.grad] if weighted else []))
        # a sum of six products at most, of numbers below 50
        for theirs, ours in zip(*found):
            torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=3e-5)

    def test_ties_of_a_maximum_are_torchs(self):
        theirs, ours = (kind(V, D, mode="max", _weight=torch.ones(V, D)) for kind in (torch.nn.EmbeddingBag, EmbeddingBag))
        for module in (theirs, ours):
            module(torch.tensor([[4, 2]])).sum().backward()
        torch.testing.assert_close(ours.weight.grad.to_dense(), theirs.weight.grad)

    def test_refused(self):
        bag = EmbeddingBag(V, D)
        ids = torch.tensor([1, 2, 3])
        for inputs in ((ids,), (ids, torch.tensor([1])), (ids, torch.tensor([0, 2, 1])), (ids, torch.tensor([0, 4])), (ids[None], torch.tensor([0])),
                       (ids[None, None],), (ids, torch.tensor([0.0])), (ids, torch.tensor([], dtype=torch.int64))):
            with self.subTest(inputs=inputs), self.assertRaises(ValueError):
                bag(*inputs)
        with self.assertRaises(NotImplementedError):
            bag(ids[None], per_sample_weights=torch.ones(1, 3))
        with self.assertRaises(ValueError):
            EmbeddingBag(V, D, mode="sum")(ids[None], per_sample_weights=torch.ones(3))
        with self.assertRaises(ValueError):
            EmbeddingBag(V, D, mode="min")


class Modules(unittest.TestCase):
    def test_files_both_ways(self):
        theirs, ours = pair()
        other = torch.nn.Embedding(V, D)
        other.load_state_dict(ours.state_dict())
        torch.testing.assert_close(other.weight, theirs.weight, rtol=0, atol=0)
        self.assertEqual([(name, tuple(p.shape)) for name, p in ours.named_parameters()], [("weight", (V, D))])
        for wrong in ({}, {"weight": torch.zeros(V, 1)}, {"weight": torch.zeros(V, D), "bias": torch.zeros(1)}):
            with self.subTest(str(list(wrong))), self.assertRaises(RuntimeError):
                Embedding(V, D).load_state_dict(wrong)

    def test_copies(self):
        _, ours = pair(padding_idx=2)
        file = io.BytesIO()
        torch.save(ours, file)
        file.seek(0)
        for copied in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours)), torch.load(file, weights_only=False)):
            torch.testing.assert_close(copied.state_dict(), ours.state_dict(), rtol=0, atol=0)
            copied(torch.tensor([1])).sum().backward()
            optim.SGD(copied.parameters(), lr=1.0).step()
            self.assertFalse(torch.equal(copied(torch.tensor([1])), ours(torch.tensor([1]))))

    def test_shapes_seeds_and_first_rows(self):
        torch.manual_seed(1)
        first = Embedding(V, D, padding_idx=0)
        torch.manual_seed(1)
        second = Embedding(V, D, padding_idx=0)
        torch.testing.assert_close(first.state_dict(), second.state_dict(), rtol=0, atol=0)
        self.assertEqual(float(first(torch.tensor(0)).abs().sum()), 0.0)
        for shape in ((), (0,), (2, 3, 4)):
            self.assertEqual(first(torch.ones(shape, dtype=torch.int32)).shape, (*shape, D))
        made = Embedding.from_pretrained(torch.ones(3, 2))
        self.assertFalse(made(torch.tensor([1])).requires_grad)
        self.assertEqual(made.table.get_weights()[0].tolist(), [[1.0, 1.0]] * 3)

    def test_where_rows_lie(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "rows")
            module = EmbeddingBag(V, D, padding_idx=0, mode="sum", storage=path)
            before = module.state_dict()["weight"]
            module(torch.tensor([[1, 2]])).sum().backward()
            optim.Adam(module.parameters(), lr=0.5).step()
            module.table.assign([0], [[3.0] * D])
            module.table.flush()
            wanted = module.state_dict()["weight"]
            self.assertEqual((wanted != before).any(1).nonzero().flatten().tolist(), [0, 1, 2])
            del module
            torch.testing.assert_close(EmbeddingBag(V, D, padding_idx=0, storage=path).state_dict()["weight"], wanted, rtol=0, atol=0)
        half = Embedding(V, D, precision="bfloat16", stochastic_rounding=False, rows_drawn="at_once")
        weight = half.state_dict()["weight"]
        torch.testing.assert_close(weight.bfloat16().float(), weight, rtol=0, atol=0)

    def test_moved(self):
        module = torch.nn.Sequential(Embedding(V, D)).float().cpu()
        for move in (lambda: module.half(), lambda: module.double(), lambda: module.share_memory(), lambda: module.to("meta")):
            with self.assertRaises(NotImplementedError):
                move()
        module.requires_grad_(False)
        self.assertFalse(module(torch.tensor([1])).requires_grad)

    def test_refused(self):
        for option, value in (("max_norm", 1.0), ("norm_type", 1.0), ("scale_grad_by_freq", True), ("sparse", True), ("device", "cuda"),
                              ("dtype", torch.float64)):
            for kind in (Embedding, EmbeddingBag):
                with self.subTest(option), self.assertRaisesRegex(NotImplementedError, option):
                    kind(V, D, **{option: value})
        for padding in (V, -V - 1, 1.0, True):
            with self.assertRaises(ValueError):
                Embedding(V, D, padding_idx=padding)
        with self.assertRaises(ValueError):
            Embedding(V, D, _weight=torch.zeros(V, 1))
        module = Embedding(V, D)
        for ids in (torch.tensor([V]), torch.tensor([-1])):
            with self.assertRaises(IndexError):
                module(ids)
        for ids in (torch.tensor([1.0]), torch.tensor([True]), [1]):
            with self.assertRaises(TypeError):
                module(ids)

    def test_an_exception_in_the_loss(self):
        module = Embedding(V, D)
        optimizer = optim.RMSprop(module.parameters())
        before = module.state_dict()["weight"]

        def closure():
            module(torch.tensor([1]))
            raise KeyboardInterrupt
        with self.assertRaises(KeyboardInterrupt):
            optimizer.step(closure)
        torch.testing.assert_close(module.state_dict()["weight"], before, rtol=0, atol=0)

    def test_loaders_in_other_processes(self):
        """Forks of a process that has trained a table; one of them looks up and trains its own copy."""
        _, module = pair()
        optimizer = optim.Adam(module.parameters(), lr=0.01)
        train(module, optimizer, 5)
        before = module.state_dict()["weight"]

        class Ids(torch.utils.data.Dataset):
            def __len__(self):
                return 4

            def __getitem__(self, at):
                step(module, optimizer, torch.tensor([[at, 1, 2]] * 3), torch.ones(3, 3, D))
                return module(torch.tensor([at])).detach()[0]
        rows = torch.cat(list(torch.utils.data.DataLoader(Ids(), num_workers=2, multiprocessing_context="fork")))
        self.assertFalse(torch.equal(rows, before[:4]))
        torch.testing.assert_close(module.state_dict()["weight"], before, rtol=0, atol=0)
        train(module, optimizer, 1)

    def test_torch_distributed(self):
        program = ("import torch; torch.distributed.init_process_group('gloo', init_method='tcp://127.0.0.1:29518', rank=0, world_size=1);"
                   "from keratin.torch import Embedding; Embedding(5, 3)(torch.tensor([1]))")
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        self.assertIn("torch.distributed is initialized", done.stderr)

    def test_import_keratin_does_not_bring_torch(self):
        subprocess.run([sys.executable, "-c", "import keratin, sys; assert 'torch' not in sys.modules"], check=True)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""What a model writes to files and reads from them."""
from keratin import _native
from keratin.saving.serialization_lib import with_mask_policy
from keratin.saving.shared_layers import with_shared_layers


class ModelFiles:
    """`save`, `save_weights`, `load_weights`, `export`, `to_json`: the ways to `keratin.saving`."""

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Saves the model as a `.keras` file: see `keratin.saving.save_model`."""
        from keratin.saving import saving_api
        saving_api.save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Saves the weights as a `.weights.h5` file: see `keratin.saving.save_weights`."""
        from keratin.saving import saving_api
        saving_api.save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath, skip_mismatch=False, **kwargs):
        """Takes over the weights of a file: see `keratin.saving.load_weights`, which `kwargs` go to (`by_name`)."""
        from keratin.saving import saving_api
        saving_api.load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def export(self, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs):
        """Writes what `predict` computes as a file that needs nothing of Keratin to run: see `keratin.saving.export`. Keras's
        other formats are not written, `tf_saved_model`, its default, among them: `model.export(path, format="onnx")`."""
        from keratin.saving import export
        export.export_model(self, filepath, format=format, verbose=verbose, input_signature=input_signature, **kwargs)

    def to_json(self, **kwargs):
        """The config as JSON, which `keratin.models.model_from_json` takes; `kwargs` go to `json.dumps`."""
        import json
        return json.dumps(self._architecture(), **kwargs)

    def _architecture(self):
        """The config with the class, and beside it the mask policy; layers that stand in it twice have a number."""
        return with_shared_layers(with_mask_policy(_native.serialize(self), self), self)

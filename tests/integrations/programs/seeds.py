"""Sets seeds with the libraries that are here, once they are tracked."""

import importlib.util
import pickle

import dotscience as ds

ds.script()
ds.start("seeds")


def has(name):
    return importlib.util.find_spec(name) is not None


if has("torch"):
    import torch

    torch.manual_seed(1)
    first = torch.rand(3)
    torch.random.manual_seed(1)
    assert torch.equal(first, torch.rand(3)) and torch.random.manual_seed is torch.manual_seed
    assert pickle.loads(pickle.dumps(torch.manual_seed)) is torch.manual_seed
if has("jax"):
    import jax

    key = jax.random.PRNGKey(2)
    assert (jax.jit(lambda n: jax.random.PRNGKey(n))(2) == key).all()
    jax.random.key(seed=3)
    assert pickle.loads(pickle.dumps(jax.random.PRNGKey)) is jax.random.PRNGKey
if has("keras"):
    import keras

    keras.utils.set_random_seed(4)
    assert pickle.loads(pickle.dumps(keras.utils.set_random_seed))
if has("lightning"):
    import lightning

    assert lightning.seed_everything(5) == 5
if has("transformers"):
    import transformers

    transformers.set_seed(6)
ds.publish()

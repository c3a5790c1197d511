"""Initial values of weights.

An initializer is called with a shape and a type and gives a tensor of the default graph; running the tensor draws
the values. There is one class for each distribution, known by its own name, by that name in snake case, and by the
names of the graph API. Where the graph API has another default than Keras (the standard deviation of
`random_normal_initializer` is 1, that of `RandomNormal` 0.05) its name is a subclass.
"""

from kerasflow.core.ops import tables_initializer
from kerasflow.core.scopes import global_variables_initializer as global_variables
from kerasflow.core.scopes import local_variables_initializer as local_variables
from kerasflow.core.scopes import variables_initializer as variables
from kerasflow.initializers.base import Initializer
from kerasflow.initializers.distributions import (
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    random_normal_initializer,
    random_uniform_initializer,
    truncated_normal_initializer,
)
from kerasflow.initializers.fixed import Constant, Identity, Ones, Zeros
from kerasflow.initializers.lookup import deserialize, get, serialize
from kerasflow.initializers.scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    UniformUnitScaling,
    VarianceScaling,
)

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "UniformUnitScaling",
    "VarianceScaling",
    "Zeros",
    "constant",
    "constant_initializer",
    "deserialize",
    "get",
    "global_variables",
    "glorot_normal",
    "glorot_normal_initializer",
    "glorot_uniform",
    "glorot_uniform_initializer",
    "he_normal",
    "he_uniform",
    "identity",
    "identity_initializer",
    "lecun_normal",
    "lecun_uniform",
    "local_variables",
    "normal",
    "one",
    "ones",
    "ones_initializer",
    "orthogonal",
    "orthogonal_initializer",
    "random_normal",
    "random_normal_initializer",
    "random_uniform",
    "random_uniform_initializer",
    "serialize",
    "tables_initializer",
    "truncated_normal",
    "truncated_normal_initializer",
    "uniform",
    "uniform_unit_scaling",
    "uniform_unit_scaling_initializer",
    "variables",
    "variance_scaling",
    "variance_scaling_initializer",
    "zero",
    "zeros",
    "zeros_initializer",
]

zero = zeros = zeros_initializer = Zeros
one = ones = ones_initializer = Ones
constant = constant_initializer = Constant
identity = identity_initializer = Identity
normal = random_normal = RandomNormal
uniform = random_uniform = RandomUniform
truncated_normal = TruncatedNormal
variance_scaling = variance_scaling_initializer = VarianceScaling
glorot_normal = glorot_normal_initializer = GlorotNormal
glorot_uniform = glorot_uniform_initializer = GlorotUniform
he_normal, he_uniform = HeNormal, HeUniform
lecun_normal, lecun_uniform = LecunNormal, LecunUniform
orthogonal = orthogonal_initializer = Orthogonal
uniform_unit_scaling = uniform_unit_scaling_initializer = UniformUnitScaling

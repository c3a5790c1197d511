"""The messages of TFRecord files, `Example` and `SequenceExample`, which the package tensorboard does not have.

They are described here as TensorFlow describes them, so their bytes are the same; in a pool of their own, so that they
do not meet TensorFlow's in one process. Importing this room loads protobuf; see `protos`.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

__all__ = [
    "BytesList",
    "Example",
    "Feature",
    "FeatureList",
    "FeatureLists",
    "Features",
    "FloatList",
    "Int64List",
    "SequenceExample",
]

_Field = descriptor_pb2.FieldDescriptorProto
_FILE = descriptor_pb2.FileDescriptorProto(name="kerasflow/example.proto", package="tensorflow", syntax="proto3")


def _message(name: str, *fields: tuple[str, int, str], repeated: bool = False, one_of: str = "") -> None:
    """Describe a message: of each field its name, the number of its type, and the message it holds, if any."""
    described = _FILE.message_type.add(name=name)
    if one_of:
        described.oneof_decl.add(name=one_of)
    for number, (field, kind, held) in enumerate(fields, 1):
        label = _Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL
        made = described.field.add(name=field, number=number, type=kind, label=label)
        if held:
            made.type_name = f".tensorflow.{held}"
        if one_of:
            made.oneof_index = 0


def _map(name: str, field: str, held: str) -> None:
    """Describe a message with one map, from texts to messages."""
    described = _FILE.message_type.add(name=name)
    entry = "".join(part.capitalize() for part in field.split("_")) + "Entry"
    pair = described.nested_type.add(name=entry)
    pair.options.map_entry = True
    pair.field.add(name="key", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)
    pair.field.add(
        name="value",
        number=2,
        type=_Field.TYPE_MESSAGE,
        label=_Field.LABEL_OPTIONAL,
        type_name=f".tensorflow.{held}",
    )
    described.field.add(
        name=field,
        number=1,
        type=_Field.TYPE_MESSAGE,
        label=_Field.LABEL_REPEATED,
        type_name=f".tensorflow.{name}.{entry}",
    )


_message("BytesList", ("value", _Field.TYPE_BYTES, ""), repeated=True)
_message("FloatList", ("value", _Field.TYPE_FLOAT, ""), repeated=True)
_message("Int64List", ("value", _Field.TYPE_INT64, ""), repeated=True)
_message(
    "Feature",
    ("bytes_list", _Field.TYPE_MESSAGE, "BytesList"),
    ("float_list", _Field.TYPE_MESSAGE, "FloatList"),
    ("int64_list", _Field.TYPE_MESSAGE, "Int64List"),
    one_of="kind",
)
_map("Features", "feature", "Feature")
_message("FeatureList", ("feature", _Field.TYPE_MESSAGE, "Feature"), repeated=True)
_map("FeatureLists", "feature_list", "FeatureList")
_message("Example", ("features", _Field.TYPE_MESSAGE, "Features"))
_message(
    "SequenceExample",
    ("context", _Field.TYPE_MESSAGE, "Features"),
    ("feature_lists", _Field.TYPE_MESSAGE, "FeatureLists"),
)

_pool = descriptor_pool.DescriptorPool()
_pool.Add(_FILE)


def _class(name: str) -> type:
    return message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"tensorflow.{name}"))


BytesList = _class("BytesList")
FloatList = _class("FloatList")
Int64List = _class("Int64List")
Feature = _class("Feature")
Features = _class("Features")
FeatureList = _class("FeatureList")
FeatureLists = _class("FeatureLists")
Example = _class("Example")
SequenceExample = _class("SequenceExample")

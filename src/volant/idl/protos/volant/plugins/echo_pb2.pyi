from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Echo(_message.Message):
    __slots__ = ("phases", "looks", "delay", "failures", "code", "permanent", "system")
    class Phase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        UNDEFINED: _ClassVar[Echo.Phase]
        WAITING_FOR_RESOURCES: _ClassVar[Echo.Phase]
        QUEUED: _ClassVar[Echo.Phase]
        INITIALIZING: _ClassVar[Echo.Phase]
        RUNNING: _ClassVar[Echo.Phase]
    UNDEFINED: Echo.Phase
    WAITING_FOR_RESOURCES: Echo.Phase
    QUEUED: Echo.Phase
    INITIALIZING: Echo.Phase
    RUNNING: Echo.Phase
    PHASES_FIELD_NUMBER: _ClassVar[int]
    LOOKS_FIELD_NUMBER: _ClassVar[int]
    DELAY_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    PERMANENT_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    phases: _containers.RepeatedScalarFieldContainer[Echo.Phase]
    looks: int
    delay: _duration_pb2.Duration
    failures: int
    code: str
    permanent: bool
    system: bool
    def __init__(self, phases: _Optional[_Iterable[_Union[Echo.Phase, str]]] = ..., looks: _Optional[int] = ..., delay: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., failures: _Optional[int] = ..., code: _Optional[str] = ..., permanent: bool = ..., system: bool = ...) -> None: ...

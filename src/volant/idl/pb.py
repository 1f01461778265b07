"""Flyte's messages under short names; the only module that imports generated code.

The messages are those of PyPI's `flyteidl` 1.16, the very classes flytekit uses, so both can live in one
process. Why not our own generated copy: docs/adr/0001-flyteidl-messages.md.
"""

from flyteidl.admin.launch_plan_pb2 import LaunchPlan, LaunchPlanClosure, LaunchPlanSpec
from flyteidl.core.compiler_pb2 import (
    CompiledLaunchPlan,
    CompiledTask,
    CompiledWorkflow,
    CompiledWorkflowClosure,
    ConnectionSet,
)
from flyteidl.core.condition_pb2 import BooleanExpression, ComparisonExpression, ConjunctionExpression, Operand
from flyteidl.core.errors_pb2 import ContainerError, ErrorDocument
from flyteidl.core.execution_pb2 import ExecutionError, TaskLog
from flyteidl.core.identifier_pb2 import Identifier, ResourceType
from flyteidl.core.interface_pb2 import Parameter, ParameterMap, TypedInterface, Variable, VariableMap
from flyteidl.core.literals_pb2 import (
    Binary,
    Binding,
    BindingData,
    BindingDataCollection,
    BindingDataMap,
    Blob,
    BlobMetadata,
    KeyValuePair,
    Literal,
    LiteralCollection,
    LiteralMap,
    LiteralOffloadedMetadata,
    Primitive,
    RetryStrategy,
    Scalar,
    Schema,
    StructuredDataset,
    StructuredDatasetMetadata,
    Union,
    UnionInfo,
    Void,
)
from flyteidl.core.security_pb2 import Identity, Secret, SecurityContext
from flyteidl.core.tasks_pb2 import (
    Container,
    DataLoadingConfig,
    ExtendedResources,
    GPUAccelerator,
    K8sObjectMetadata,
    K8sPod,
    Resources,
    RuntimeMetadata,
    SharedMemory,
    Sql,
    TaskMetadata,
    TaskTemplate,
)
from flyteidl.core.types_pb2 import (
    BlobType,
    EnumType,
    Error,
    LiteralType,
    OutputReference,
    PromiseAttribute,
    SchemaType,
    SimpleType,
    StructuredDatasetType,
    TypeAnnotation,
    TypeStructure,
    UnionType,
)
from flyteidl.core.workflow_pb2 import (
    Alias,
    ApproveCondition,
    ArrayNode,
    BranchNode,
    GateNode,
    IfBlock,
    IfElseBlock,
    Node,
    NodeMetadata,
    SignalCondition,
    SleepCondition,
    TaskNode,
    TaskNodeOverrides,
    WorkflowMetadata,
    WorkflowMetadataDefaults,
    WorkflowNode,
    WorkflowTemplate,
)
from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import DecodeError, Message
from google.protobuf.struct_pb2 import ListValue, Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.wrappers_pb2 import BoolValue, FloatValue

__all__ = [
    "Alias", "ApproveCondition", "ArrayNode", "Binary", "Binding", "BindingData", "BindingDataCollection",
    "BindingDataMap", "Blob", "BlobMetadata", "BlobType", "BoolValue", "BooleanExpression", "BranchNode",
    "ComparisonExpression", "CompiledLaunchPlan", "CompiledTask", "CompiledWorkflow", "CompiledWorkflowClosure",
    "ConjunctionExpression", "ConnectionSet", "Container", "ContainerError", "DataLoadingConfig", "DecodeError",
    "Duration", "EnumType", "Error", "ErrorDocument", "ExecutionError", "ExtendedResources", "FloatValue",
    "GPUAccelerator", "GateNode", "Identifier", "Identity", "IfBlock", "IfElseBlock", "K8sObjectMetadata",
    "K8sPod", "KeyValuePair", "LaunchPlan", "LaunchPlanClosure", "LaunchPlanSpec", "ListValue", "Literal",
    "LiteralCollection", "LiteralMap", "LiteralOffloadedMetadata", "LiteralType", "Message", "MessageToDict",
    "Node", "NodeMetadata", "Operand", "OutputReference", "Parameter", "ParameterMap", "ParseDict", "Primitive",
    "PromiseAttribute", "ResourceType", "Resources", "RetryStrategy", "RuntimeMetadata", "Scalar", "Schema",
    "SchemaType", "Secret", "SecurityContext", "SharedMemory", "SignalCondition", "SimpleType", "SleepCondition",
    "Sql", "Struct",
    "StructuredDataset", "StructuredDatasetMetadata", "StructuredDatasetType", "TaskLog", "TaskMetadata",
    "TaskNode", "TaskNodeOverrides", "TaskTemplate", "Timestamp", "TypeAnnotation", "TypeStructure",
    "TypedInterface", "Union", "UnionInfo", "UnionType", "Value", "Variable", "VariableMap", "Void",
    "WorkflowMetadata", "WorkflowMetadataDefaults", "WorkflowNode", "WorkflowTemplate",
]  # fmt: skip

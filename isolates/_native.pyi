"""The native core: real V8 isolates, contexts and scripts out of the mini-racer wheel.

Public names are re-exported by `isolates`; import them from there.
"""

from collections.abc import Awaitable, Callable, Generator, Iterable
from os import PathLike
from types import GenericAlias, TracebackType
from typing import (
    Any,
    ClassVar,
    Final,
    Generic,
    Literal,
    Required,
    Self,
    TypeAlias,
    TypedDict,
    TypeVar,
    final,
    overload,
)

from typing_extensions import Buffer

from isolates.future import Future
from isolates.references import ReferenceGroup

_T = TypeVar("_T")
_Arguments: TypeAlias = list[Any] | tuple[Any, ...] | None

class _SnapshotScript(TypedDict, total=False):
    code: Required[str]
    filename: str | None
    line_offset: int
    column_offset: int

class _ArgumentOptions(TypedDict, total=False):
    copy: bool
    external_copy: bool
    reference: bool

class _ResultOptions(_ArgumentOptions, total=False):
    promise: bool

_Scripts: TypeAlias = list[str | _SnapshotScript] | tuple[str | _SnapshotScript, ...]
_ModuleResolver: TypeAlias = Callable[[str, Module, dict[str, str]], Module | Awaitable[Module]]
_SyncModuleResolver: TypeAlias = Callable[[str, Module, dict[str, str]], Module]
_ImportResolver: TypeAlias = Callable[[str, Module | str, dict[str, str]], Module | Awaitable[Module]]

V8_VERSION: Final[str]

@final
class Undefined:
    def __bool__(self) -> Literal[False]: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: object, /) -> Self: ...
    def __reduce__(self) -> str: ...

undefined: Final[Undefined]

@final
class Isolate:
    def __init__(
        self,
        memory_limit: float = 128,
        inspector: bool = False,
        snapshot: Buffer | None = None,
        on_catastrophic_error: Callable[[str], object] | None = None,
        on_dispose: Callable[[str], object] | None = None,
        on_unhandled_rejection: Callable[[Exception], object] | None = None,
        task_timeout: float | None = None,
    ) -> None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def _watch_activity(self, on_idle: Callable[[], object]) -> None: ...
    @property
    def _pending_calls(self) -> int: ...
    def create_context(self, *, inspector: bool = False) -> Future[Context]: ...
    def create_context_sync(self, *, inspector: bool = False) -> Context: ...
    def compile_script(
        self,
        code: str,
        *,
        filename: str | None = "<isolated-vm>",
        line_offset: int = 0,
        column_offset: int = 0,
        produce_cached_data: bool = False,
        cached_data: Buffer | None = None,
    ) -> Future[Script]: ...
    def compile_script_sync(
        self,
        code: str,
        *,
        filename: str | None = "<isolated-vm>",
        line_offset: int = 0,
        column_offset: int = 0,
        produce_cached_data: bool = False,
        cached_data: Buffer | None = None,
    ) -> Script: ...
    @staticmethod
    def create_snapshot(
        scripts: _Scripts,
        warmup_script: str | None = None,
        *,
        timeout: float | None = None,
        memory_limit: float = 128,
    ) -> Future[ExternalCopy]: ...
    @staticmethod
    def create_snapshot_sync(
        scripts: _Scripts,
        warmup_script: str | None = None,
        *,
        timeout: float | None = None,
        memory_limit: float = 128,
    ) -> ExternalCopy: ...
    def create_inspector_session(
        self,
        *,
        on_response: Callable[[int, str], object] | None = None,
        on_notification: Callable[[str], object] | None = None,
    ) -> InspectorSession: ...
    def start_cpu_profiler(self, title: str, *, sampling_interval_us: int = 1000) -> None: ...
    @overload
    def stop_cpu_profiler(
        self, title: str, *, parts: Literal[False] = False, now: bool = False
    ) -> Future[dict[str, Any]]: ...
    @overload
    def stop_cpu_profiler(
        self, title: str, *, parts: Literal[True], now: bool = False
    ) -> Future[list[dict[str, Any]]]: ...
    @overload
    def stop_cpu_profiler_sync(self, title: str, *, parts: Literal[False] = False) -> dict[str, Any]: ...
    @overload
    def stop_cpu_profiler_sync(self, title: str, *, parts: Literal[True]) -> list[dict[str, Any]]: ...
    def start_heap_sampling(
        self, *, sampling_interval: int = 32768, stack_depth: int = 64, include_collected: bool = False
    ) -> Future[None]: ...
    def start_heap_sampling_sync(
        self, *, sampling_interval: int = 32768, stack_depth: int = 64, include_collected: bool = False
    ) -> None: ...
    def stop_heap_sampling(self) -> Future[dict[str, Any]]: ...
    def stop_heap_sampling_sync(self) -> dict[str, Any]: ...
    @overload
    def heap_snapshot(self, path: None = None, *, now: bool = False) -> Future[bytes]: ...
    @overload
    def heap_snapshot(self, path: str | PathLike[str], *, now: bool = False) -> Future[None]: ...
    @overload
    def heap_snapshot_sync(self, path: None = None) -> bytes: ...
    @overload
    def heap_snapshot_sync(self, path: str | PathLike[str]) -> None: ...
    def get_heap_space_statistics(self, *, now: bool = False) -> Future[list[dict[str, Any]]]: ...
    def get_heap_space_statistics_sync(self) -> list[dict[str, Any]]: ...
    def compile_module(
        self,
        code: str,
        *,
        filename: str | None = "<isolated-vm>",
        line_offset: int = 0,
        column_offset: int = 0,
        meta: Callable[[Module], dict[str, Any]] | Reference | None = None,
        produce_cached_data: bool = False,
        cached_data: Buffer | None = None,
    ) -> Future[Module]: ...
    def compile_module_sync(
        self,
        code: str,
        *,
        filename: str | None = "<isolated-vm>",
        line_offset: int = 0,
        column_offset: int = 0,
        meta: Callable[[Module], dict[str, Any]] | Reference | None = None,
        produce_cached_data: bool = False,
        cached_data: Buffer | None = None,
    ) -> Module: ...
    def compile_json_module(self, json: str, *, filename: str | None = "<isolated-vm>") -> Future[Module]: ...
    def compile_json_module_sync(self, json: str, *, filename: str | None = "<isolated-vm>") -> Module: ...
    def references(self) -> list[ReferenceGroup]: ...
    def release_references(
        self,
        kind: Literal["Reference", "Callback", "Context", "Script", "Module"] | None = None,
        type: str | None = None,
        holder: Literal["Python"] | Isolate | None = None,
    ) -> int: ...
    def dispose(self) -> None: ...
    def terminate(self) -> None: ...
    def collect_garbage(self, *, now: bool = False) -> Future[None]: ...
    def collect_garbage_sync(self) -> None: ...
    def get_heap_statistics(self, *, now: bool = False) -> Future[dict[str, int]]: ...
    def get_heap_statistics_sync(self) -> dict[str, int]: ...
    @property
    def is_disposed(self) -> bool: ...
    @property
    def cpu_time_ns(self) -> int: ...
    @property
    def wall_time_ns(self) -> int: ...
    @property
    def reference_count(self) -> int: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None: ...

@final
class Context:
    @property
    def global_(self) -> Reference: ...
    def eval(
        self,
        code: str,
        *,
        timeout: float | None = None,
        filename: str | None = "<isolated-vm>",
        line_offset: int = 0,
        column_offset: int = 0,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
        repl: bool = False,
    ) -> Future[Any]: ...
    def eval_sync(
        self,
        code: str,
        *,
        timeout: float | None = None,
        filename: str | None = "<isolated-vm>",
        line_offset: int = 0,
        column_offset: int = 0,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
        repl: bool = False,
    ) -> Any: ...
    def eval_ignored(
        self,
        code: str,
        *,
        timeout: float | None = None,
        filename: str | None = "<isolated-vm>",
        line_offset: int = 0,
        column_offset: int = 0,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
        repl: bool = False,
    ) -> None: ...
    def eval_closure(
        self,
        code: str,
        args: _Arguments = (),
        *,
        timeout: float | None = None,
        filename: str | None = "<isolated-vm>",
        line_offset: int = 0,
        column_offset: int = 0,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
        arguments: _ArgumentOptions | None = None,
        result: _ResultOptions | None = None,
    ) -> Future[Any]: ...
    def eval_closure_sync(
        self,
        code: str,
        args: _Arguments = (),
        *,
        timeout: float | None = None,
        filename: str | None = "<isolated-vm>",
        line_offset: int = 0,
        column_offset: int = 0,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
        arguments: _ArgumentOptions | None = None,
        result: _ResultOptions | None = None,
    ) -> Any: ...
    def eval_closure_ignored(
        self,
        code: str,
        args: _Arguments = (),
        *,
        timeout: float | None = None,
        filename: str | None = "<isolated-vm>",
        line_offset: int = 0,
        column_offset: int = 0,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
        arguments: _ArgumentOptions | None = None,
        result: _ResultOptions | None = None,
    ) -> None: ...
    def set_import_resolver(self, resolver: _ImportResolver | None) -> Future[None]: ...
    def set_import_resolver_sync(self, resolver: _ImportResolver | None) -> None: ...
    def release(self) -> None: ...

@final
class InspectorSession:
    @property
    def on_response(self) -> Callable[[int, str], object] | None: ...
    @on_response.setter
    def on_response(self, callback: Callable[[int, str], object] | None) -> None: ...
    @property
    def on_notification(self) -> Callable[[str], object] | None: ...
    @on_notification.setter
    def on_notification(self, callback: Callable[[str], object] | None) -> None: ...
    @property
    def is_disposed(self) -> bool: ...
    def dispatch_protocol_message(self, message: str) -> None: ...
    def dispose(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None: ...

@final
class Script:
    def run(
        self,
        context: Context,
        *,
        timeout: float | None = None,
        release: bool = False,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
    ) -> Future[Any]: ...
    def run_sync(
        self,
        context: Context,
        *,
        timeout: float | None = None,
        release: bool = False,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
    ) -> Any: ...
    def run_ignored(
        self,
        context: Context,
        *,
        timeout: float | None = None,
        release: bool = False,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
    ) -> None: ...
    @property
    def cached_data(self) -> ExternalCopy | None: ...
    @property
    def cached_data_rejected(self) -> bool | None: ...
    def release(self) -> None: ...

@final
class ExternalCopy:
    total_external_size: ClassVar[int]
    def __init__(
        self, value: Any, *, transfer_out: bool = False, transfer_list: _Arguments = None
    ) -> None: ...
    def copy(self, *, release: bool = False, transfer_in: bool = False) -> Any: ...
    def copy_into(self, *, release: bool = False, transfer_in: bool = False) -> _CopyInto: ...
    def release(self) -> None: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class SharedArrayBuffer:
    def __init__(self, byte_length: int, *, max_byte_length: int | None = None) -> None: ...
    @property
    def byte_length(self) -> int: ...
    @property
    def max_byte_length(self) -> int: ...
    @property
    def growable(self) -> bool: ...
    def __len__(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class Module:
    @property
    def dependency_specifiers(self) -> list[str]: ...
    @property
    def dependency_attributes(self) -> list[tuple[str, dict[str, str]]]: ...
    @property
    def cached_data(self) -> ExternalCopy | None: ...
    @property
    def cached_data_rejected(self) -> bool | None: ...
    @property
    def filename(self) -> str: ...
    @property
    def namespace(self) -> Reference: ...
    def set_dependency(self, specifier: str, module: Module) -> None: ...
    def instantiate(
        self,
        context: Context,
        resolver: _ModuleResolver | _ImportResolver | None = None,
        *,
        timeout: float | None = None,
    ) -> Future[None]: ...
    def instantiate_sync(
        self,
        context: Context,
        resolver: _SyncModuleResolver | None = None,
        *,
        timeout: float | None = None,
    ) -> None: ...
    def evaluate(
        self,
        *,
        timeout: float | None = None,
        copy: bool = False,
        reference: bool = False,
        promise: bool = False,
    ) -> Future[Any]: ...
    def evaluate_sync(
        self,
        *,
        timeout: float | None = None,
        copy: bool = False,
        reference: bool = False,
        promise: bool = False,
    ) -> Any: ...
    def release(self) -> None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Reference:
    def __init__(self, value: object) -> None: ...
    @property
    def typeof(self) -> str: ...
    def get(
        self,
        property: str | int,
        *,
        unsafe_inherit: bool = False,
        accessors: bool = False,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
    ) -> Future[Any]: ...
    def get_sync(
        self,
        property: str | int,
        *,
        unsafe_inherit: bool = False,
        accessors: bool = False,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
    ) -> Any: ...
    def set(self, property: str | int, value: Any) -> Future[bool]: ...
    def set_sync(self, property: str | int, value: Any) -> bool: ...
    def set_ignored(self, property: str | int, value: Any) -> None: ...
    def delete(self, property: str | int) -> Future[bool]: ...
    def delete_sync(self, property: str | int) -> bool: ...
    def delete_ignored(self, property: str | int) -> None: ...
    def copy(self) -> Future[Any]: ...
    def copy_sync(self) -> Any: ...
    def deref(self, *, release: bool = False) -> Any: ...
    def apply(
        self,
        receiver: Any = ...,
        args: _Arguments = (),
        *,
        timeout: float | None = None,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
        arguments: _ArgumentOptions | None = None,
        result: _ResultOptions | None = None,
    ) -> Future[Any]: ...
    def apply_sync(
        self,
        receiver: Any = ...,
        args: _Arguments = (),
        *,
        timeout: float | None = None,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
        arguments: _ArgumentOptions | None = None,
        result: _ResultOptions | None = None,
    ) -> Any: ...
    def apply_ignored(
        self,
        receiver: Any = ...,
        args: _Arguments = (),
        *,
        timeout: float | None = None,
        copy: bool = False,
        external_copy: bool = False,
        reference: bool = False,
        promise: bool = False,
        arguments: _ArgumentOptions | None = None,
        result: _ResultOptions | None = None,
    ) -> None: ...
    def apply_sync_promise(self, receiver: Any = ..., args: _Arguments = ()) -> Any: ...
    def deref_into(self, *, release: bool = False) -> _Dereference: ...
    def release(self) -> None: ...

@final
class _Dereference: ...

@final
class _CopyInto: ...

@final
class _Memory:
    def __len__(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class Callback:
    def __init__(
        self, function: Callable[..., Any], *, mode: Literal["sync", "async", "ignored"] | None = None
    ) -> None: ...
    def __call__(self, *args: Any) -> Any: ...
    @property
    def mode(self) -> Literal["sync", "async", "ignored"]: ...

class _Future(Generic[_T]):
    def result(self, timeout: float | None = None) -> _T: ...
    def exception(self, timeout: float | None = None) -> BaseException | None: ...
    def done(self) -> bool: ...
    def cancelled(self) -> bool: ...
    def running(self) -> bool: ...
    def cancel(self) -> bool: ...
    def __await__(self) -> Generator[Any, None, _T]: ...
    def _adopt(self, fields: dict[str, Any], /) -> None: ...
    def __class_getitem__(cls, item: Any, /) -> GenericAlias: ...

def _inspect_natives(context: Context) -> Future[Reference]: ...
def _supervise(
    isolate: Isolate,
    explain: Reference,
    show: Reference,
    on_rejection: Callable[[Exception, int], object],
) -> Future[None]: ...
def _eval_cell(
    context: Context,
    code: str,
    filename: str,
    line_offset: int,
    timeout: float | None,
    mark: int,
    awaits_value: bool,
    keep: bool = False,
) -> Future[object]: ...
def _set_mark(mark: int) -> None: ...
def _stop_marked(isolate: Isolate, mark: int) -> None: ...
def _known_bytes(isolate: Isolate) -> int: ...
def _keep_reference(reference: Reference) -> None: ...
def _sample(
    isolates: Iterable[Isolate],
) -> list[tuple[str, float, int, int, int, int, int, int, int, int, int, int, int]]: ...
def _has_evaluated(module: Module) -> Future[bool]: ...
def _byte_counts(copy: ExternalCopy) -> tuple[int, int]: ...
def _unshared(copy: ExternalCopy) -> ExternalCopy: ...
def _track_heap(isolate: Isolate) -> Future[int]: ...
def _heap_classes(isolate: Isolate, since_id: int) -> Future[list[tuple[str, int, int]]]: ...
def _program_natives(context: Context, wake: Callable[[], object]) -> Reference: ...
def _look(function: Reference, name: str, argument: str) -> Future[Any]: ...
def _expose_gc() -> None: ...

@final
class _Library: ...

def _library(version5: bool) -> _Library: ...

class _Answer:
    def module(self, result: object, /) -> None: ...
    def error(self, error: BaseException, /) -> None: ...
    def drop(self) -> None: ...

def _blocking_here() -> Callable[[], bool]: ...
def _live_isolates() -> int: ...
def _terminate_others(spared: Iterable[Isolate]) -> None: ...
def _pool_threads() -> int: ...

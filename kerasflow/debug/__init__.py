"""Looking into runs: where the time goes, and what every operation computed."""

from kerasflow.core.doors import door as _door

__all__, __getattr__, __dir__ = _door(
    __name__,
    {
        "conversation": ("Conversation",),
        "filters": ("has_inf_or_nan",),
        "hooks": ("DumpingDebugHook", "LocalCLIDebugHook"),
        "profile": ("profile_table",),
        "profiling": ("ProfilerHook",),
        "recording": ("Recording",),
        "sessions": ("DumpingDebugWrapperSession", "LocalCLIDebugWrapperSession"),
        "timeline": ("Timeline",),
    },
)

"""Files and directories as values, and where they are."""

from volant.sdk.directory import Directory
from volant.sdk.file import JSON, File
from volant.sdk.uris import file_uri, is_remote, local_path

__all__ = ["JSON", "Directory", "File", "file_uri", "is_remote", "local_path"]

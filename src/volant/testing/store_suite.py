"""What every store must pass: `contracts.journal` and `contracts.records`, line by line.

Subclass it in your own tests and override the three hooks:

    class TestMyStore(StoreSuite):
        @pytest.fixture
        def store(self): ...
        def doomed_engine(self, store): ...
        def reopen(self, store): ...
"""

from volant.testing.journal_suite import JournalSuite
from volant.testing.quota_suite import QuotaSuite
from volant.testing.records_suite import RecordsSuite
from volant.testing.store_scenes import Store

__all__ = ["Store", "StoreSuite"]


class StoreSuite(JournalSuite, QuotaSuite, RecordsSuite):
    """Both contracts at once."""

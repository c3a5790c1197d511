"""What stands in for cases of `tables`, which keep state."""

_TABLES = "tests/core/ops/test_tables.py::"
CASES = {}
EXEMPT = {
    "InitializeTableV2": _TABLES + "test_a_table_is_filled_once_in_each_session",
    "InitializeTableFromTextFileV2": _TABLES + "test_a_table_from_a_file",
    "LookupTableFindV2": _TABLES + "test_a_table_is_filled_once_in_each_session",
    "LookupTableSizeV2": _TABLES + "test_a_table_is_filled_once_in_each_session",
    "LookupTableInsertV2": _TABLES + "test_a_table_that_changes",
    "LookupTableRemoveV2": _TABLES + "test_a_table_that_changes",
    "LookupTableExportV2": _TABLES + "test_a_table_that_changes",
}

"""WHAT is summed: functions of one block whose values add. None of them knows where the rows are."""

"""Programs that show asgikit; each is type-checked, and run by the tests."""

"""Taking personal values out of the warehouse again: of one person, or past their age."""

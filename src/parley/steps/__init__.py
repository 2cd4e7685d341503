"""The steps of the line: what joins the stations."""

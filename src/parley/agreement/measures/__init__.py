"""The measures of agreement: matching, spans, relations, attributes, unitizing, intervals."""

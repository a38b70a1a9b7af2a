"""How an answer is compared with gold. Start reading at ``matchers.match``.

Single values (text, numbers, dates) give a similarity and a verdict; lists and records
are matched one to one and give true positives, false positives and false negatives.
"""

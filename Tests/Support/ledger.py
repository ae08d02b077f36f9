"""Counts a gateway's store with other eyes: prints one JSON object. The gateway must not run."""
# SPDX-License-Identifier: Apache-2.0

import json
import sqlite3
import sys

QUESTIONS = {
    # Deliveries ever accepted, and where they are.
    "accepted": "SELECT coalesce(max(row), 0) FROM delivery",
    "deliveries": "SELECT count(*) FROM delivery",
    "countersWrong": """
        SELECT count(*) FROM (
          SELECT partner, state, count(*) AS n FROM delivery GROUP BY partner, state
          EXCEPT SELECT partner, state, n FROM counter WHERE n > 0
          UNION ALL
          SELECT * FROM (SELECT partner, state, n FROM counter WHERE n > 0
            EXCEPT SELECT partner, state, count(*) FROM delivery GROUP BY partner, state))""",
    "unknownStates": """
        SELECT count(*) FROM delivery WHERE state NOT IN ('QUEUED', 'SENDING', 'AWAITING',
          'DEFERRED', 'HELD', 'DELIVERED', 'DEAD', 'EXPIRED', 'CANCELLED')""",
    # Parts that must be there together.
    "submissionsWithoutAudit": """
        SELECT (SELECT count(*) FROM submission)
          - (SELECT count(DISTINCT subject) FROM audit WHERE action = 'accept')""",
    "deliveriesWithoutBody": """
        SELECT count(*) FROM delivery d WHERE NOT EXISTS (SELECT 1 FROM body WHERE row = d.row)""",
    "deliveriesWithoutSubmission": """
        SELECT count(*) FROM delivery d WHERE NOT EXISTS (SELECT 1 FROM submission s
          WHERE s.referral = d.referral AND s.revision = d.revision)""",
    "deliveredWithoutReceipt": """
        SELECT count(*) FROM delivery d WHERE state = 'DELIVERED' AND NOT EXISTS (
          SELECT 1 FROM acknowledgement WHERE delivery = d.row AND verdict = 'verified')""",
    "attemptsWrong": """
        SELECT count(*) FROM delivery d
        WHERE attempts <> (SELECT count(*) FROM attempt WHERE delivery = d.row)
          OR (state <> 'SENDING' AND EXISTS (
            SELECT 1 FROM attempt WHERE delivery = d.row AND outcome IS NULL))""",
    "foreignKeys": "SELECT count(*) FROM pragma_foreign_key_check",
}


def main(path):
    """Print what each question finds."""
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found = {name: base.execute(question).fetchone()[0] for name, question in QUESTIONS.items()}
    found["integrity"] = base.execute("PRAGMA integrity_check").fetchone()[0]
    found["states"] = dict(base.execute("SELECT state, count(*) FROM delivery GROUP BY state"))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])

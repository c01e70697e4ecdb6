-- A case may be looked at more than once: after photos that were asked for, and after an appeal. Each such look is a
-- round with decisions of its own. While photos are waited for the state stays 'in_review' and asked_again_at is set.
ALTER TABLE cases ADD COLUMN round INTEGER NOT NULL DEFAULT 1;
ALTER TABLE cases ADD COLUMN reason_code TEXT;
ALTER TABLE cases ADD COLUMN asked_again_at INTEGER;
ALTER TABLE cases ADD COLUMN appealed_at INTEGER;
ALTER TABLE cases ADD COLUMN appeal BLOB;
UPDATE cases SET reason_code = (SELECT reason_code FROM reviews WHERE reviews.case_id = cases.case_id AND decision = 'reject')
  WHERE state = 'rejected';

-- Four eyes, in each round: the uniqueness of (case, round, reviewer) is what makes the second person a different one.
CREATE TABLE reviews_in_rounds (
  case_id     TEXT    NOT NULL REFERENCES cases (case_id) ON DELETE CASCADE,
  round       INTEGER NOT NULL,
  reviewer_id TEXT    NOT NULL,
  decision    TEXT    NOT NULL CHECK (decision IN ('approve', 'reject', 'ask_again')),
  reason_code TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  UNIQUE (case_id, round, reviewer_id)
);
INSERT INTO reviews_in_rounds (case_id, round, reviewer_id, decision, reason_code, at)
  SELECT case_id, 1, reviewer_id, decision, reason_code, at FROM reviews;
DROP TABLE reviews;
ALTER TABLE reviews_in_rounds RENAME TO reviews;

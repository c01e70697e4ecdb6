-- Files of evidence that no place has a good copy of any more, since when that is known, and since when their person
-- knows. A row goes when the file is there again, or its evidence is gone.
CREATE TABLE lost_files (
  file_id  TEXT    NOT NULL PRIMARY KEY,
  found_at INTEGER NOT NULL,
  told_at  INTEGER
);
CREATE TRIGGER lost_files_gone AFTER DELETE ON evidence_files WHEN OLD.file_id IS NOT NULL BEGIN
  DELETE FROM lost_files WHERE file_id = OLD.file_id;
END;
CREATE TRIGGER lost_files_replaced AFTER UPDATE OF file_id ON evidence_files
WHEN OLD.file_id IS NOT NULL AND OLD.file_id IS NOT NEW.file_id BEGIN
  DELETE FROM lost_files WHERE file_id = OLD.file_id;
END;

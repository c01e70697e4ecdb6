-- Evidence and photos lie in files of their own (platform/blobs): which file, the digest of its sealed bytes, and in
-- `sealed` the file's key, sealed under the person's key. Rows from before have no file: `sealed` is the content, and
-- they are read so until they go.
ALTER TABLE evidence_files ADD COLUMN file_id TEXT;
ALTER TABLE evidence_files ADD COLUMN file_sha256 BLOB;
CREATE UNIQUE INDEX evidence_files_by_file ON evidence_files (file_id);

-- Files whose row is gone, until they are removed from every directory: whatever deletes or replaces a row, its file
-- goes after that transaction.
CREATE TABLE removed_files (
  file_id TEXT NOT NULL PRIMARY KEY
);
CREATE TRIGGER evidence_files_deleted AFTER DELETE ON evidence_files WHEN OLD.file_id IS NOT NULL BEGIN
  INSERT OR IGNORE INTO removed_files (file_id) VALUES (OLD.file_id);
END;
CREATE TRIGGER evidence_files_replaced AFTER UPDATE OF file_id ON evidence_files
  WHEN OLD.file_id IS NOT NULL AND OLD.file_id IS NOT NEW.file_id BEGIN
  INSERT OR IGNORE INTO removed_files (file_id) VALUES (OLD.file_id);
END;

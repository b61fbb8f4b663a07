-- Batches: public URLs that queue calls of one function. What they queued are tasks, which are listed and counted by where they come from.

CREATE TABLE batch (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  funcId VARCHAR(256) NOT NULL,
  funcCallKwargsJSON LONGTEXT NOT NULL,
  tagsJSON MEDIUMTEXT,
  origin VARCHAR(64) NOT NULL,
  showInDoc TINYINT(1) NOT NULL,
  isDisabled TINYINT(1) NOT NULL,
  taskRecordLimit INT,
  note MEDIUMTEXT COLLATE ${ci},
  searchText MEDIUMTEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL,
  grainVersion BIGINT NOT NULL,
  INDEX IX_batch_func (funcId, seq)) CHARACTER SET utf8mb4 COLLATE ${bin};

ALTER TABLE task
  DROP INDEX IX_task_origin,
  ADD INDEX IX_task_origin (origin, seq),
  ADD INDEX IX_task_owner (origin, originId, seq);

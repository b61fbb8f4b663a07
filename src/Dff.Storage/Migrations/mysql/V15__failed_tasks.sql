-- Finding the tasks that did not succeed, which are few among many, by an index that is not written again when a task succeeds.

ALTER TABLE task ADD COLUMN isFailed TINYINT GENERATED ALWAYS AS (CASE WHEN status NOT IN ('queued', 'running', 'success') THEN 1 END) VIRTUAL;

CREATE INDEX IX_task_failed ON task (isFailed, seq);

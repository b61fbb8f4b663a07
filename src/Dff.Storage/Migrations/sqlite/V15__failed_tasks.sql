-- Finding the tasks that did not succeed, which are few among many, without an index that the others are written to.

ALTER TABLE task ADD COLUMN isFailed INTEGER GENERATED ALWAYS AS (CASE WHEN status NOT IN ('queued', 'running', 'success') THEN 1 END) VIRTUAL;

CREATE INDEX IX_task_failed ON task (seq) WHERE isFailed = 1;

-- Finding the unfinished tasks of a queue by an index that is not written when a task begins.

ALTER TABLE task ADD COLUMN isOpen TINYINT GENERATED ALWAYS AS (CASE WHEN status IN ('queued', 'running') THEN 1 END) VIRTUAL;

DROP INDEX IX_task_waiting ON task;

CREATE INDEX IX_task_open ON task (queue, isOpen, seq);

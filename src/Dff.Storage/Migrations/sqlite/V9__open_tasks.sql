-- Finding the unfinished tasks of a queue without an index that is written at each step of every task: it holds unfinished ones alone.

ALTER TABLE task ADD COLUMN isOpen INTEGER GENERATED ALWAYS AS (CASE WHEN status IN ('queued', 'running') THEN 1 END) VIRTUAL;

DROP INDEX IX_task_waiting;

CREATE INDEX IX_task_open ON task (queue, seq) WHERE isOpen = 1;

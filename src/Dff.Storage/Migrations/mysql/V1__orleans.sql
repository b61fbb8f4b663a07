-- Tables of Orleans' AdoNet providers, in a layout of our own: the providers know only the texts in OrleansQuery.
CREATE TABLE OrleansQuery (QueryKey VARCHAR(64) NOT NULL PRIMARY KEY, QueryText TEXT NOT NULL) CHARACTER SET utf8mb4;

-- LONGBLOB, because a script's code is larger than the 64 kB of a BLOB.
CREATE TABLE OrleansStorage (
  ServiceId VARCHAR(64) NOT NULL, GrainTypeString VARCHAR(128) NOT NULL, GrainIdN0 BIGINT NOT NULL, GrainIdN1 BIGINT NOT NULL,
  GrainIdExtensionString VARCHAR(512) NOT NULL, GrainTypeHash INT NOT NULL, GrainIdHash INT NOT NULL, PayloadBinary LONGBLOB NULL,
  ModifiedOn DATETIME(6) NOT NULL, Version INT NOT NULL,
  PRIMARY KEY (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE OrleansRemindersTable (
  ServiceId VARCHAR(64) NOT NULL, GrainId VARCHAR(512) NOT NULL, ReminderName VARCHAR(128) NOT NULL, StartTime DATETIME(6) NOT NULL, Period BIGINT NOT NULL,
  GrainHash INT NOT NULL, Version INT NOT NULL,
  PRIMARY KEY (ServiceId, GrainId, ReminderName), INDEX IX_OrleansReminders_Hash (ServiceId, GrainHash)) CHARACTER SET utf8mb4 COLLATE ${bin};

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('ReadFromStorageKey', 'SELECT PayloadBinary, Version FROM OrleansStorage WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString
  AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''');'),
-- One statement decides: a first write inserts unless the row is there, a later one updates the version it read. ROW_COUNT() tells whether it did.
('WriteToStorageKey', 'INSERT IGNORE INTO OrleansStorage
  (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, GrainTypeHash, GrainIdHash, PayloadBinary, ModifiedOn, Version)
  SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, COALESCE(@GrainIdExtensionString, ''''), @GrainTypeHash, @GrainIdHash, @PayloadBinary, UTC_TIMESTAMP(6), 1
  FROM DUAL WHERE @GrainStateVersion IS NULL;
  SET @dffInserted = ROW_COUNT();
  UPDATE OrleansStorage SET PayloadBinary = @PayloadBinary, ModifiedOn = UTC_TIMESTAMP(6), Version = Version + 1
  WHERE @GrainStateVersion IS NOT NULL AND ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
    AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''') AND Version = @GrainStateVersion;
  SET @dffUpdated = ROW_COUNT();
  SELECT CAST(CASE WHEN @dffInserted > 0 THEN 1 WHEN @dffUpdated > 0 THEN @GrainStateVersion + 1 ELSE @GrainStateVersion END AS SIGNED) AS NewGrainStateVersion;'),
('ClearStorageKey', 'UPDATE OrleansStorage SET PayloadBinary = NULL, ModifiedOn = UTC_TIMESTAMP(6), Version = Version + 1
  WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
    AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''') AND Version = @GrainStateVersion;
  SET @dffCleared = ROW_COUNT();
  SELECT CAST(CASE WHEN @dffCleared > 0 THEN @GrainStateVersion + 1 ELSE @GrainStateVersion END AS SIGNED) AS NewGrainStateVersion;'),
('UpsertReminderRowKey', 'INSERT INTO OrleansRemindersTable (ServiceId, GrainId, ReminderName, StartTime, Period, GrainHash, Version)
  VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, LAST_INSERT_ID(0))
  ON DUPLICATE KEY UPDATE StartTime = @StartTime, Period = @Period, GrainHash = @GrainHash, Version = LAST_INSERT_ID(Version + 1);
  SELECT CAST(LAST_INSERT_ID() AS SIGNED) AS Version;'),
('ReadReminderRowsKey', 'SELECT GrainId, ReminderName, StartTime, Period, Version FROM OrleansRemindersTable WHERE ServiceId = @ServiceId AND GrainId = @GrainId;'),
('ReadReminderRowKey', 'SELECT GrainId, ReminderName, StartTime, Period, Version FROM OrleansRemindersTable
  WHERE ServiceId = @ServiceId AND GrainId = @GrainId AND ReminderName = @ReminderName;'),
('ReadRangeRows1Key', 'SELECT GrainId, ReminderName, StartTime, Period, Version FROM OrleansRemindersTable
  WHERE ServiceId = @ServiceId AND GrainHash > @BeginHash AND GrainHash <= @EndHash;'),
('ReadRangeRows2Key', 'SELECT GrainId, ReminderName, StartTime, Period, Version FROM OrleansRemindersTable
  WHERE ServiceId = @ServiceId AND (GrainHash > @BeginHash OR GrainHash <= @EndHash);'),
('DeleteReminderRowKey', 'DELETE FROM OrleansRemindersTable WHERE ServiceId = @ServiceId AND GrainId = @GrainId AND ReminderName = @ReminderName AND Version = @Version;
  SELECT ROW_COUNT();'),
('DeleteReminderRowsKey', 'DELETE FROM OrleansRemindersTable WHERE ServiceId = @ServiceId;');

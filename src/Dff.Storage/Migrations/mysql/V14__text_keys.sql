-- Keys of grains are text. Those that could be hexadecimal numbers or UUIDs stood as such in GrainIdN0 and GrainIdN1, and everything that reads the same was one state.

INSERT INTO OrleansStorage (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, GrainTypeHash, GrainIdHash, PayloadBinary, ModifiedOn, Version)
SELECT o.ServiceId, o.GrainTypeString, 0, 0,
  -- Its record tells how the key is written. Where a crash came between state and record, or it is deleted, it is written as most are.
  COALESCE(k.id, CONCAT(CASE WHEN o.GrainIdN0 = 0 THEN o.number ELSE o.uuid END, CASE WHEN o.GrainIdExtensionString = '' THEN '' ELSE CONCAT('+', o.GrainIdExtensionString) END)),
  o.GrainTypeHash, o.GrainIdHash, o.PayloadBinary, o.ModifiedOn, o.Version
FROM (
  SELECT n.*,
    CONCAT(SUBSTR(n0, 9, 8), SUBSTR(n0, 5, 4), SUBSTR(n0, 1, 4), SUBSTR(n1, 15, 2), SUBSTR(n1, 13, 2), SUBSTR(n1, 11, 2), SUBSTR(n1, 9, 2), SUBSTR(n1, 7, 2),
      SUBSTR(n1, 5, 2), SUBSTR(n1, 3, 2), SUBSTR(n1, 1, 2)) AS uuid
  FROM (
    SELECT s.*, LPAD(LOWER(HEX(GrainIdN0)), 16, '0') AS n0, LPAD(LOWER(HEX(GrainIdN1)), 16, '0') AS n1, LOWER(HEX(GrainIdN1)) AS number
    FROM OrleansStorage s WHERE GrainIdN0 <> 0 OR GrainIdN1 <> 0 OR GrainIdExtensionString = '') n) o
LEFT JOIN (
  SELECT 'script-set' AS kind, id FROM script_set
  UNION ALL SELECT 'script', id FROM script
  UNION ALL SELECT 'auth-link', id FROM auth_link
  UNION ALL SELECT 'auth-link-usage', id FROM auth_link
  UNION ALL SELECT 'batch', id FROM batch
  UNION ALL SELECT 'crontab-config', id FROM crontab_config
  UNION ALL SELECT 'many-job', id FROM many_job) k
ON k.kind = o.GrainTypeString AND o.GrainIdExtensionString = ''
  AND (LOWER(k.id) = o.uuid OR (o.GrainIdN0 = 0 AND CHAR_LENGTH(k.id) <> 32 AND TRIM(LEADING '0' FROM LOWER(k.id)) = TRIM(LEADING '0' FROM o.number)));

DELETE FROM OrleansStorage WHERE GrainIdN0 <> 0 OR GrainIdN1 <> 0 OR GrainIdExtensionString = '';

-- The grains' storage sets a mark before each key, so that the provider leaves it as it is.
UPDATE OrleansQuery SET QueryText = REPLACE(QueryText, 'COALESCE(@GrainIdExtensionString, '''')', 'SUBSTR(@GrainIdExtensionString, 2)');

/** What `DFF.` offers, for completion: name, signature, and one sentence. */
export interface Member {
  name: string
  signature: string
  about: string
}

export const dffMembers: Member[] = [
  {
    name: 'API',
    signature:
      '(title=None, category=None, tags=None, kwargs_hint=None, timeout=None, api_timeout=None, cache_result=None, queue=None, …)',
    about: 'Exports the function below when the script is published.',
  },
  { name: 'LOG', signature: '(*values)', about: 'A line in the log of the call; print does the same.' },
  { name: 'ENV', signature: '(id)', about: 'The value of an env variable by its type; None where there is none.' },
  {
    name: 'STORE',
    signature: '(key, scope=None)',
    about: 'A durable JSON value; the scope is the script unless given.',
  },
  { name: 'CACHE', signature: '(key, scope=None)', about: 'A fast value that all calls share, and that may be lost.' },
  { name: 'SRC', signature: '(id, database=None)', about: 'A connected helper for a data source.' },
  {
    name: 'FUNC',
    signature: '(func_id, kwargs=None, save_result=False)',
    about: 'Starts another function later; answers the task ID.',
  },
  {
    name: 'ASYNC',
    signature: '.start(fn, args=None, kwargs=None, key=None)',
    about: 'Runs functions in threads of this call.',
  },
  { name: 'CONFIG', signature: '(id)', about: 'A configuration entry whose name starts with CUSTOM_.' },
  {
    name: 'MQTT',
    signature: '(topic, message, qos=0, retain=False)',
    about: 'Publishes to the MQTT broker that is configured.',
  },
  {
    name: 'SQL',
    signature: '(sql, params=None)',
    about: 'Puts values into a statement: ? is escaped, ?? is a bare name.',
  },
  {
    name: 'RESP',
    signature: '(data, status_code=None, content_type=None, headers=None, allow_304=False, download=False)',
    about: 'An HTTP answer of its own kind.',
  },
  { name: 'RESP_FILE', signature: '(path, …)', about: 'Answers with a file.' },
  { name: 'RESP_LARGE_DATA', signature: '(data)', about: 'Answers with a large result.' },
  { name: 'EXIT', signature: '(data=None)', about: 'Ends the call here with this result.' },
  { name: 'EVAL', signature: '(expression)', about: "Python's eval." },
  { name: 'CTX', signature: '(key, default=None)', about: 'Values that the scripts of one call share.' },
  { name: 'TASK', signature: '', about: 'What is known of this call: task_id, origin, exec_mode, …' },
]

/** Members of members, by the name before the dot. */
export const innerMembers: Record<string, Member[]> = {
  ENV: [
    { name: 'list', signature: '()', about: 'All env variables.' },
    { name: 'save', signature: '(id, value, title=None, description=None)', about: 'Adds or changes an env variable.' },
    { name: 'delete', signature: '(id)', about: 'Deletes an env variable.' },
  ],
  STORE: [
    { name: 'get', signature: '(key, scope=None)', about: 'The value, or None.' },
    {
      name: 'set',
      signature: '(key, value, scope=None, expire=None, not_exists=False)',
      about: 'Stores a value; expire in seconds.',
    },
    { name: 'delete', signature: '(key, scope=None)', about: 'Deletes a value.' },
  ],
  CACHE: ['get', 'set', 'getset', 'expire', 'delete', 'incr', 'lpush', 'rpush', 'lpop', 'rpop', 'rpoplpush'].map(
    (name) => ({ name, signature: '(key, …)', about: `As Redis does ${name}.` }),
  ),
  SRC: [
    { name: 'list', signature: '()', about: 'All data sources.' },
    {
      name: 'save',
      signature: '(id, type, config, title=None, description=None)',
      about: 'Adds or changes a data source.',
    },
    { name: 'delete', signature: '(id)', about: 'Deletes a data source.' },
  ],
  ASYNC: [
    { name: 'start', signature: '(fn, args=None, kwargs=None, key=None)', about: 'Starts a function in a thread.' },
    { name: 'get_result', signature: '(wait=True, key=None)', about: 'Results as (value, exception) by key.' },
  ],
  CONFIG: [
    { name: 'list', signature: '()', about: 'All custom entries.' },
    { name: 'dict', signature: '()', about: 'All custom entries by name.' },
  ],
  MQTT: [{ name: 'publish', signature: '(topic, message, qos=0, retain=False)', about: 'Publishes a message.' }],
  CTX: [{ name: 'set', signature: '(key, value)', about: 'Sets a value for the scripts of this call.' }],
}

/** Names that every script finds in its module. */
export const injectedNames = [
  '_DFF_DEBUG',
  '_DFF_ROOT_TASK_ID',
  '_DFF_TASK_ID',
  '_DFF_SCRIPT_SET_ID',
  '_DFF_SCRIPT_ID',
  '_DFF_FUNC_ID',
  '_DFF_FUNC_NAME',
  '_DFF_FUNC_CHAIN',
  '_DFF_ORIGIN',
  '_DFF_ORIGIN_ID',
  '_DFF_EXEC_MODE',
  '_DFF_START_TIME',
  '_DFF_START_TIME_MS',
  '_DFF_TRIGGER_TIME',
  '_DFF_TRIGGER_TIME_MS',
  '_DFF_CRONTAB',
  '_DFF_CRONTAB_CONFIG_ID',
  '_DFF_QUEUE',
  '_DFF_HTTP_REQUEST',
]

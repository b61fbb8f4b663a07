/** Ready-made calls of an auth link. Values come from users: each language quotes them by its own rules. */

export const snippetKinds = ['curl', 'python', 'javascript', 'url'] as const

export type SnippetKind = (typeof snippetKinds)[number]

export type Kwargs = Record<string, unknown>

export function callUrl(origin: string, id: string): string {
  return `${origin}/api/v1/al/${encodeURIComponent(id)}`
}

/** A URL that calls by itself: short where every argument is text, else with the arguments as JSON, which keeps their types. */
export function getUrl(origin: string, id: string, kwargs: Kwargs): string {
  const url = callUrl(origin, id)
  const given = Object.entries(kwargs)
  if (given.length === 0) return url
  if (given.every(([, value]) => typeof value === 'string'))
    return `${url}/simplified?${given.map(([name, value]) => `${encoded(name)}=${encoded(value as string)}`).join('&')}`
  return `${url}?kwargs=${encoded(JSON.stringify(kwargs))}`
}

export function snippet(kind: SnippetKind, origin: string, id: string, kwargs: Kwargs): string {
  switch (kind) {
    case 'url':
      return getUrl(origin, id, kwargs)
    case 'curl':
      return curl(origin, id, kwargs)
    case 'python':
      return python(origin, id, kwargs)
    case 'javascript':
      return javascript(origin, id, kwargs)
  }
}

function curl(origin: string, id: string, kwargs: Kwargs): string {
  return [
    `curl ${shellQuoted(callUrl(origin, id))} \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  --data-raw ${shellQuoted(JSON.stringify({ kwargs }))}`,
  ].join('\n')
}

function python(origin: string, id: string, kwargs: Kwargs): string {
  return `import json
import urllib.request

kwargs = ${pythonLiteral(kwargs)}
request = urllib.request.Request(
    ${JSON.stringify(callUrl(origin, id))},
    data=json.dumps({"kwargs": kwargs}).encode(),
    headers={"Content-Type": "application/json"},
)
with urllib.request.urlopen(request, timeout=30) as response:
    result = response.read().decode()
    if response.headers.get_content_type() == "application/json":
        result = json.loads(result)
print(result)`
}

function javascript(origin: string, id: string, kwargs: Kwargs): string {
  return `const kwargs = ${scriptLiteral(kwargs)}
const response = await fetch(${JSON.stringify(callUrl(origin, id))}, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ kwargs }),
})
if (!response.ok) throw new Error(await response.text())
const isJson = response.headers.get('Content-Type')?.startsWith('application/json')
const result = isJson ? await response.json() : await response.text()
console.log(result)`
}

/** Percent-encoded by the rules of URLs, and without the characters that shells and Markdown take for their own. */
function encoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** One word of a POSIX shell: between single quotes nothing is special but the quote itself. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** JSON's strings and numbers are Python's too; true, false and null are not. */
export function pythonLiteral(value: unknown, indent = ''): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  const deeper = `${indent}    `
  const items = Array.isArray(value)
    ? value.map((item) => pythonLiteral(item, deeper))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${pythonLiteral(item, deeper)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const line = items.join(', ')
  if (line.length <= 72 && !line.includes('\n')) return open + line + close
  return `${open}\n${items.map((item) => `${deeper}${item},\n`).join('')}${indent}${close}`
}

/** JSON is JavaScript but for one name, which would set the prototype. */
function scriptLiteral(kwargs: Kwargs): string {
  return JSON.stringify(kwargs, null, 2).replace(/^(\s*)"__proto__":/gm, '$1["__proto__"]:')
}

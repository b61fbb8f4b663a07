/** JSON whose whole numbers keep all their digits: those that a JavaScript number cannot hold become BigInt. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, exact as never)
}

function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value
}

/** Indented JSON of what `parseExact` gave. */
export function prettyExact(value: unknown, indent = ''): string {
  if (typeof value === 'bigint') return value.toString()
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const inner = indent + '  '
  const isArray = Array.isArray(value)
  const parts = isArray
    ? value.map((item) => inner + prettyExact(item, inner))
    : Object.entries(value).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${prettyExact(item, inner)}`)
  const [open, close] = isArray ? ['[', ']'] : ['{', '}']
  return parts.length === 0 ? open + close : `${open}\n${parts.join(',\n')}\n${indent}${close}`
}

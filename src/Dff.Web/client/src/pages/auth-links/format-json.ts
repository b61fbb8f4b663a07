/**
 * Lays JSON text out over lines without reading its values, so that 12345678901234567890 and 1.0 stay as the server wrote them.
 * Text that is no JSON is given back as it came.
 */
export function formatJson(text: string): string {
  try {
    JSON.parse(text)
  } catch {
    return text
  }
  let depth = 0
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[^\s"{}[\],:]+|[{}[\],:]/g) ?? []
  return tokens
    .map((token, index) => {
      const next = tokens[index + 1]
      if (token === '{' || token === '[') {
        depth++
        if (next === '}' || next === ']') return token
        return `${token}\n${'  '.repeat(depth)}`
      }
      if (token === '}' || token === ']') {
        depth--
        const before = tokens[index - 1]
        return before === '{' || before === '[' ? token : `\n${'  '.repeat(depth)}${token}`
      }
      if (token === ',') return `,\n${'  '.repeat(depth)}`
      return token === ':' ? ': ' : token
    })
    .join('')
}

import type { ArgumentFacts } from './auth-link'

/** `choice`: one of the values that the function's hints allow, kept as JSON text. */
export type ValueKind = 'text' | 'number' | 'boolean' | 'json' | 'choice'

/** A value as it is typed in: its text means nothing without its kind. */
export interface TypedValue {
  kind: ValueKind
  text: string
}

export type Reading = { value: unknown } | { problem: 'number' | 'json' | 'digits' }

/** Stands in `default` for values that JSON cannot hold. */
const COMPLEX = '<Complex Object>'

const startOfType: Record<string, TypedValue> = {
  str: { kind: 'text', text: '' },
  commaArray: { kind: 'text', text: '' },
  int: { kind: 'number', text: '' },
  float: { kind: 'number', text: '' },
  bool: { kind: 'boolean', text: 'false' },
  list: { kind: 'json', text: '[]' },
  dict: { kind: 'json', text: '{}' },
  json: { kind: 'json', text: 'null' },
}

export function hasDefault(facts: ArgumentFacts): boolean {
  return 'default' in facts
}

/** False too for defaults that only Python can hold. */
export function hasPlainDefault(facts: ArgumentFacts): boolean {
  return hasDefault(facts) && facts.default !== COMPLEX
}

/** As Python's source would say it, as far as JSON knows. */
export function defaultText(facts: ArgumentFacts): string {
  return hasPlainDefault(facts) ? JSON.stringify(facts.default) : '…'
}

export function choicesOf(facts: ArgumentFacts): string[] {
  return (facts.in ?? []).map((choice) => JSON.stringify(choice))
}

export function kindsOf(facts: ArgumentFacts): ValueKind[] {
  const kinds: ValueKind[] = ['text', 'number', 'boolean', 'json']
  return choicesOf(facts).length > 0 ? ['choice', ...kinds] : kinds
}

export function typed(value: unknown, facts: ArgumentFacts): TypedValue {
  const json = JSON.stringify(value)
  if (choicesOf(facts).includes(json)) return { kind: 'choice', text: json }
  if (typeof value === 'string') return { kind: 'text', text: value }
  if (typeof value === 'number') return { kind: 'number', text: json }
  if (typeof value === 'boolean') return { kind: 'boolean', text: json }
  return { kind: 'json', text: JSON.stringify(value, null, 2) }
}

/** What an input starts with: the default, else what fits the type. */
export function startOf(facts: ArgumentFacts): TypedValue {
  if (hasPlainDefault(facts)) return typed(facts.default, facts)
  const choice = choicesOf(facts)[0]
  if (choice !== undefined) return { kind: 'choice', text: choice }
  return startOfType[facts.type ?? ''] ?? { kind: 'text', text: '' }
}

/** Changes the kind and keeps of the text what still makes sense. */
export function recast(given: TypedValue, kind: ValueKind, facts: ArgumentFacts): TypedValue {
  if (kind === given.kind) return given
  const read = readTyped(given)
  const value = 'value' in read ? read.value : given.text
  switch (kind) {
    case 'text':
      return { kind, text: value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value) }
    case 'number': {
      const number = readTyped({ kind, text: typeof value === 'string' ? value : JSON.stringify(value) })
      return { kind, text: 'value' in number ? String(number.value) : '' }
    }
    case 'boolean':
      return { kind, text: String(value === true || value === 'true') }
    case 'json':
      return { kind, text: value === '' ? 'null' : JSON.stringify(value, null, 2) }
    case 'choice': {
      const choices = choicesOf(facts)
      return { kind, text: choices.find((choice) => choice === JSON.stringify(value)) ?? choices[0] ?? 'null' }
    }
  }
}

export function readTyped(given: TypedValue): Reading {
  switch (given.kind) {
    case 'text':
      return { value: given.text }
    case 'boolean':
      return { value: given.text === 'true' }
    case 'number': {
      const text = given.text.trim()
      const number = Number(text)
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(number)) return { problem: 'number' }
      return losesDigits(text) ? { problem: 'digits' } : { value: number }
    }
    default:
      try {
        const value = JSON.parse(given.text) as unknown
        return losesDigits(given.text) ? { problem: 'digits' } : { value }
      } catch {
        return { problem: 'json' }
      }
  }
}

/** Browsers keep whole numbers up to 2^53 exactly; Python would get another number than the one that was typed. */
function losesDigits(json: string): boolean {
  const numbers = json.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/[\d.eE+-]+/g) ?? []
  return numbers.some((number) => /^[+-]?\d+$/.test(number) && !Number.isSafeInteger(Number(number)))
}

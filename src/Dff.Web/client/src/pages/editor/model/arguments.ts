import type { Hint, ParsedArgument, ParsedFunction } from './api'
import { parseExact, prettyExact } from './exact-json'

export type FieldKind = 'text' | 'number' | 'boolean' | 'choice' | 'json' | 'more'

export interface ArgumentField {
  name: string
  kind: FieldKind
  isRequired: boolean
  /** What the function takes when nothing is given; null: it says nothing about it. */
  defaultText: string | null
  typeText: string | null
  choices: string[]
}

const KINDS: Record<string, FieldKind> = {
  str: 'text',
  int: 'number',
  float: 'number',
  bool: 'boolean',
  list: 'json',
  dict: 'json',
  json: 'json',
  commaArray: 'text',
  enum: 'choice',
}

/** The inputs for a function's arguments; `*args` has none, since callers give arguments by name. */
export function fieldsOf(parsed: ParsedFunction): ArgumentField[] {
  return parsed.arguments.filter((argument) => !/^\*(?!\*)/.test(argument.name)).map(fieldOf)
}

function fieldOf(argument: ParsedArgument): ArgumentField {
  const hint = hintOf(argument)
  const choices = hint.in
  const typeText = hint.type ?? argument.annotation
  return {
    name: argument.name,
    kind: argument.name.startsWith('**') ? 'more' : Array.isArray(choices) ? 'choice' : kindOf(argument),
    isRequired: argument.isRequired,
    defaultText: argument.isRequired || argument.name.startsWith('**') ? null : literal(argument.default),
    typeText: typeText ?? null,
    choices: Array.isArray(choices) ? choices.map(literal) : [],
  }
}

function hintOf(argument: ParsedArgument): Hint {
  return (argument.hint ?? {}) as Hint
}

function kindOf(argument: ParsedArgument): FieldKind {
  const type =
    hintOf(argument).type ?? /^(str|int|float|bool|list|dict)\b/i.exec(argument.annotation ?? '')?.[1]?.toLowerCase()
  if (type !== undefined && type in KINDS) return KINDS[type] as FieldKind
  switch (typeof argument.default) {
    case 'boolean':
      return 'boolean'
    case 'number':
      return 'number'
    case 'string':
      return 'text'
    default:
      // Without a word about its type an argument takes whatever is written: JSON, or else text.
      return 'json'
  }
}

function literal(value: unknown): string {
  return typeof value === 'string' ? value : value === null ? 'None' : prettyExact(value).replace(/\s*\n\s*/g, ' ')
}

/** What stands in the form: text by argument; missing or empty is "not given". */
export type Given = Record<string, string>

export class ArgumentError extends Error {
  constructor(
    readonly argument: string,
    readonly problem: 'required' | 'number' | 'json',
  ) {
    super(`${argument}: ${problem}`)
  }
}

/** The JSON text of the keyword arguments. Throws `ArgumentError` for the first input that cannot be one. */
export function kwargsJson(fields: ArgumentField[], given: Given): string {
  const parts: string[] = []
  for (const field of fields) {
    const text = given[field.name] ?? ''
    if (text === '') {
      if (field.isRequired) throw new ArgumentError(field.name, 'required')
      continue
    }
    if (field.kind === 'more') {
      const inner = objectText(field.name, text)
      if (inner !== '') parts.push(inner)
    } else parts.push(`${JSON.stringify(field.name)}:${valueText(field, text)}`)
  }
  return `{${parts.join(',')}}`
}

function valueText(field: ArgumentField, text: string): string {
  switch (field.kind) {
    case 'text':
      return JSON.stringify(text)
    case 'number':
      if (!/^\s*-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\s*$/.test(text)) throw new ArgumentError(field.name, 'number')
      return text.trim()
    case 'boolean':
      return text === 'true' ? 'true' : 'false'
    case 'choice':
      return field.typeText === 'str' || !isJson(text) ? JSON.stringify(text) : text
    default:
      return jsonOrText(field, text)
  }
}

/** JSON as it is written; words that are no JSON are a text. What looks like JSON and is not is a mistake. */
function jsonOrText(field: ArgumentField, text: string): string {
  if (isJson(text)) return text
  const looksLikeJson = /^\s*[[{"]/.test(text)
  if (looksLikeJson || /^(list|dict|json)\b/i.test(field.typeText ?? '')) throw new ArgumentError(field.name, 'json')
  return JSON.stringify(text)
}

function objectText(name: string, text: string): string {
  if (!isJson(text) || !/^\s*\{/.test(text)) throw new ArgumentError(name, 'json')
  return text.trim().slice(1, -1).trim()
}

function isJson(text: string): boolean {
  try {
    parseExact(text)
    return true
  } catch {
    return false
  }
}

import { expect, test } from 'vitest'
import { en } from './en'
import { zh } from './zh'

function keys(messages: object, prefix = ''): string[] {
  return Object.entries(messages).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keys(value as object, `${prefix}${key}.`),
  )
}

function placeholders(messages: object): Record<string, string[]> {
  const texts = JSON.parse(JSON.stringify(messages)) as Record<string, unknown>
  const found: Record<string, string[]> = {}
  for (const key of keys(texts)) {
    const text = key.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], texts) as string
    found[key] = [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string).sort()
  }
  return found
}

test('both languages have the same keys', () => expect(keys(zh).sort()).toEqual(keys(en).sort()))

test('both languages have the same placeholders', () => expect(placeholders(zh)).toEqual(placeholders(en)))

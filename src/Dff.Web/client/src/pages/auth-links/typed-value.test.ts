import { describe, expect, test } from 'vitest'
import { choicesOf, defaultText, hasPlainDefault, kindsOf, readTyped, recast, startOf, typed } from './typed-value'

describe('reading', () => {
  test.each([
    ['text', '12', { value: '12' }],
    ['number', ' 12 ', { value: 12 }],
    ['number', '-0.5e2', { value: -50 }],
    ['number', '9007199254740991', { value: 9007199254740991 }],
    ['number', '9007199254740993', { problem: 'digits' }],
    ['number', '', { problem: 'number' }],
    ['number', '0x10', { problem: 'number' }],
    ['number', '1e999', { problem: 'number' }],
    ['number', 'Infinity', { problem: 'number' }],
    ['boolean', 'true', { value: true }],
    ['boolean', 'false', { value: false }],
    ['json', '{"a": [1, null]}', { value: { a: [1, null] } }],
    ['json', '{"a": ', { problem: 'json' }],
    ['json', '', { problem: 'json' }],
    ['json', '[12345678901234567890]', { problem: 'digits' }],
    ['json', '["12345678901234567890", 1.5]', { value: ['12345678901234567890', 1.5] }],
    ['choice', '"DE"', { value: 'DE' }],
  ] as const)('%s %j is %j', (kind, text, expected) => expect(readTyped({ kind, text })).toEqual(expected))
})

describe('what an input starts with', () => {
  test.each([
    [{}, 'text', ''],
    [{ default: 'EUR' }, 'text', 'EUR'],
    [{ default: 10, type: 'int' }, 'number', '10'],
    [{ default: false }, 'boolean', 'false'],
    [{ default: null }, 'json', 'null'],
    [{ default: '<Complex Object>', type: 'list' }, 'json', '[]'],
    [{ type: 'int' }, 'number', ''],
    [{ type: 'enum', in: ['CN', 'DE'] }, 'choice', '"CN"'],
    [{ in: [1, 2], default: 2 }, 'choice', '2'],
    [{ type: 'something new' }, 'text', ''],
  ])('%j: %s %j', (facts, kind, text) => expect(startOf(facts)).toEqual({ kind, text }))
})

test.each([
  [{ default: 'EUR' }, '"EUR"', true],
  [{ default: null }, 'null', true],
  [{ default: '<Complex Object>' }, '…', false],
])('the default of %j is shown as %s', (facts, text, isPlain) => {
  expect(defaultText(facts)).toBe(text)
  expect(hasPlainDefault(facts)).toBe(isPlain)
})

test('a value of another type than the hints allow is no choice', () => {
  expect(typed('1', { in: [1] })).toEqual({ kind: 'text', text: '1' })
  expect(choicesOf({ in: [1, 'a'] })).toEqual(['1', '"a"'])
  expect(kindsOf({ in: [1] })[0]).toBe('choice')
  expect(kindsOf({})).not.toContain('choice')
})

test.each([
  ['text', '12', 'number', '12'],
  ['text', 'abc', 'number', ''],
  ['text', 'say "hi"', 'json', '"say \\"hi\\""'],
  ['text', '', 'json', 'null'],
  ['json', 'null', 'text', ''],
  ['json', '{"a":1}', 'text', '{"a":1}'],
  ['json', '{broken', 'text', '{broken'],
  ['boolean', 'true', 'text', 'true'],
  ['text', 'true', 'boolean', 'true'],
  ['number', '5', 'boolean', 'false'],
  ['number', '5', 'number', '5'],
  ['text', 'DE', 'choice', '"DE"'],
  ['text', 'FR', 'choice', '"CN"'],
] as const)('%s %j becomes %s %j', (from, text, to, expected) =>
  expect(recast({ kind: from, text }, to, { in: ['CN', 'DE'] })).toEqual({ kind: to, text: expected }),
)

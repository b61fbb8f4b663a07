import { expect, test } from 'vitest'
import type { ParsedArgument } from './api'
import { ArgumentError, fieldsOf, kwargsJson } from './arguments'

function argument(name: string, more: Partial<ParsedArgument> = {}): ParsedArgument {
  return { name, isRequired: true, default: null, annotation: null, hint: null, ...more }
}

function fields(...of: ParsedArgument[]) {
  return fieldsOf({ name: 'f', line: 1, description: null, isExported: true, title: null, arguments: of })
}

test.each([
  [argument('x'), 'json'],
  [argument('x', { annotation: 'str' }), 'text'],
  [argument('x', { annotation: 'int' }), 'number'],
  [argument('x', { isRequired: false, default: 2.5 }), 'number'],
  [argument('x', { isRequired: false, default: false }), 'boolean'],
  [argument('x', { hint: { type: 'enum', in: ['a', 'b'] } }), 'choice'],
  [argument('x', { annotation: 'dict' }), 'json'],
  [argument('**kwargs', { isRequired: false }), 'more'],
])('%j becomes an input for %s', (given, kind) => expect(fields(given)[0]?.kind).toBe(kind))

test('*args has no input: arguments are given by name', () =>
  expect(fields(argument('*args', { isRequired: false }))).toEqual([]))

test('what is left empty is left out', () => {
  const all = fields(argument('a'), argument('b', { isRequired: false, default: 1 }))
  expect(kwargsJson(all, { a: '1', b: '' })).toBe('{"a":1}')
})

test('what is required and missing is named', () =>
  expect(() => kwargsJson(fields(argument('a')), {})).toThrow(new ArgumentError('a', 'required')))

test.each([
  [argument('a'), '{"x": [1]}', '{"a":{"x": [1]}}'],
  [argument('a'), 'plain words', '{"a":"plain words"}'],
  [argument('a'), '12345678901234567890', '{"a":12345678901234567890}'],
  [argument('a', { annotation: 'str' }), '12', '{"a":"12"}'],
  [argument('a', { annotation: 'int' }), '12', '{"a":12}'],
  [argument('a', { hint: { type: 'enum', in: [1, 2] } }), '2', '{"a":2}'],
  [argument('a', { hint: { type: 'str', in: ['1'] } }), '1', '{"a":"1"}'],
  [argument('**rest', { isRequired: false }), '{"b": 1, "c": 2}', '{"b": 1, "c": 2}'],
])('%j with %s is sent as %s', (given, text, expected) =>
  expect(kwargsJson(fields(given), { [given.name]: text })).toBe(expected),
)

test.each([
  [argument('a', { annotation: 'int' }), 'x', 'number'],
  [argument('a'), '{"x": ', 'json'],
  [argument('a', { annotation: 'dict' }), 'words', 'json'],
  [argument('**rest', { isRequired: false }), '[1]', 'json'],
])('%j does not take %s', (given, text, problem) =>
  expect(() => kwargsJson(fields(given), { [given.name]: text })).toThrow(`${given.name}: ${problem}`),
)

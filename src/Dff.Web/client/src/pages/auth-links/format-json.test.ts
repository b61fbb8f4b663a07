import { expect, test } from 'vitest'
import { formatJson } from './format-json'

test('is laid out as JSON.stringify does it', () => {
  const value = { a: [1, [], {}, { b: 'x, {y}: "z" \\' }], 'c:d': null, e: true }
  expect(formatJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
  expect(formatJson(JSON.stringify(value, null, 4))).toBe(JSON.stringify(value, null, 2))
})

test('numbers stay as they were written', () =>
  expect(formatJson('{"big":12345678901234567890,"half":30.0}')).toBe(
    '{\n  "big": 12345678901234567890,\n  "half": 30.0\n}',
  ))

test.each(['', 'not json', '{"a":NaN}', '{"a"'])('%j is given back as it came', (text) =>
  expect(formatJson(text)).toBe(text),
)

import { expect, test } from 'vitest'
import { failureOf, isText, shownText } from './answer'

test('a raise shows its traceback', () =>
  expect(
    failureOf(599, '{"ok":false,"reason":"EFuncFailed","message":"It raised","detail":{"einfoTEXT":"ValueError: x"}}'),
  ).toEqual({ reason: 'EFuncFailed', message: 'It raised', detail: 'ValueError: x' }))

test('another refusal shows its detail', () =>
  expect(failureOf(403, '{"ok":false,"reason":"AuthLinkThrottling","message":"m","detail":{"limit":1}}')?.detail).toBe(
    '{\n  "limit": 1\n}',
  ))

test.each([
  ['<html>Bad gateway</html>', '<html>Bad gateway</html>'],
  ['', null],
  ['null', 'null'],
])('what is not our envelope is shown as it is: %j', (text, detail) =>
  expect(failureOf(502, text)).toEqual({ reason: '502', message: '', detail }),
)

test.each([
  ['application/json; charset=utf-8', true],
  ['text/html', true],
  ['application/problem+json', true],
  ['image/png', false],
  ['application/octet-stream', false],
])('%s is text: %s', (type, expected) => expect(isText(type)).toBe(expected))

test('a long answer is cut where it is shown', () => {
  expect(shownText('x'.repeat(300_000), 'text/plain').length).toBeLessThan(210_000)
  expect(shownText('{"a":1}', 'application/json')).toBe('{\n  "a": 1\n}')
  expect(shownText('{"a":1}', 'text/plain')).toBe('{"a":1}')
})

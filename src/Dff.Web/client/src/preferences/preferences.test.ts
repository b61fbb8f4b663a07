import { expect, test } from 'vitest'
import { initialLanguage, initialTheme } from './preferences'

test.each([
  ['zh', ['en-US'], 'zh'],
  [null, ['zh-TW', 'en'], 'zh'],
  [null, ['fr', 'zh-CN'], 'zh'],
  [null, ['de', 'en-GB', 'zh'], 'en'],
  [null, ['de'], 'en'],
  ['nonsense', [], 'en'],
] as const)('stored %s and browser %j give %s', (stored, browser, expected) => {
  expect(initialLanguage(stored, browser)).toBe(expected)
})

test('an unknown theme is the system one', () => expect(initialTheme('pink')).toBe('system'))

// Only what needs React Native's own modules runs here, in files named *.jest.tsx; everything else runs by vitest.
module.exports = {
  preset: '@react-native/jest-preset',
  testEnvironment: '<rootDir>/test/jest-environment.cjs',
  testMatch: ['<rootDir>/test/**/*.jest.tsx'],
  transform: { '\\.[cm]?[jt]sx?$': '<rootDir>/test/jest-transform.cjs' },
  // What is published as it was written: React Native itself, and packages of ES modules alone.
  transformIgnorePatterns: ['node_modules/(?!(react-native|@react-native|eventsource-parser|jose)(/|$))'],
  watchman: false,
  testTimeout: 60_000,
}

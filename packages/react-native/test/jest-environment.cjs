const ReactNativeEnvironment = require('@react-native/jest-preset/jest/react-native-env.js')

/** React Native's, and our packages straight from their sources. */
module.exports = class extends ReactNativeEnvironment {
  exportConditions() {
    return ['@steadywire/source', ...super.exportConditions()]
  }
}

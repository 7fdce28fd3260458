const { createTransformer } = require('babel-jest').default
const { transformSync } = require('esbuild')

const babel = createTransformer({ presets: ['@react-native/babel-preset'], babelrc: false, configFile: false })

/** As our code reaches an app: esbuild builds what is shipped, then the app's bundler takes it through its preset. */
module.exports = {
  ...babel,
  process(text, path, options) {
    if (!/\.tsx?$/.test(path)) return babel.process(text, path, options)
    const { code } = transformSync(text, {
      loader: path.endsWith('x') ? 'tsx' : 'ts',
      jsx: 'automatic',
      target: 'es2023',
      sourcefile: path,
      sourcemap: 'inline',
    })
    return babel.process(code, path, options)
  },
}

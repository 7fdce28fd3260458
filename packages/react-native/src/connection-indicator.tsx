import {
  type ConnectionKind,
  type ConnectionTexts,
  canRetry,
  connectionText,
  englishConnection,
  useShownConnection,
} from '@steadywire/react/indicator'
import { type ReactElement, useEffect, useRef } from 'react'
import {
  AccessibilityInfo,
  Platform,
  Pressable,
  type StyleProp,
  StyleSheet,
  Text,
  type TextStyle,
  View,
  type ViewProps,
} from 'react-native'

export interface ConnectionIndicatorProps extends Omit<ViewProps, 'children'> {
  /** Trouble that is over sooner is not shown, ms. Default 300. */
  readonly graceMs?: number
  readonly texts?: Partial<ConnectionTexts>
  readonly textStyle?: StyleProp<TextStyle>
}

/**
 * Shows that the connection is not live, and nothing while it is: what is wrong, the seconds until the next try, and a button that tries
 * now. Screen readers are told when the trouble begins and when it is over, not with every try. `style` goes to the bar while it is shown.
 *
 * @example
 * <ConnectionIndicator texts={{ offline: 'Kein Netz' }} />
 */
export function ConnectionIndicator(props: ConnectionIndicatorProps): ReactElement {
  const { graceMs = 300, texts: more, textStyle, style, ...rest } = props
  const texts = { ...englishConnection, ...more }
  const { connection, kind } = useShownConnection(graceMs)
  const isLive = kind === 'live'
  const text = connectionText(kind, connection, texts)
  useAnnouncement(text, isLive)
  const { paper, ink } = colours[kind]
  const words = [styles.text, { color: ink }, textStyle]
  return (
    <View {...rest} style={isLive ? undefined : [styles.bar, { backgroundColor: paper }, style]}>
      {/* Always there: what changes in a live region is read out, not that one appears. */}
      <View accessible={!isLive} role="status" accessibilityLiveRegion="polite">
        {isLive ? null : <Text style={words}>{text}</Text>}
      </View>
      {kind === 'waiting' && connection.nextTryInS !== undefined && (
        <Text accessibilityRole="timer" style={words}>
          {texts.nextTry(connection.nextTryInS)}
        </Text>
      )}
      {canRetry(kind, connection) && (
        <Pressable
          accessibilityRole="button"
          accessibilityState={{ busy: kind === 'connecting', disabled: kind === 'connecting' }}
          onPress={kind === 'connecting' ? undefined : connection.retry}
          style={styles.button}
        >
          <Text style={[words, styles.action]}>{texts.retry}</Text>
        </Pressable>
      )}
    </View>
  )
}

/** iOS knows no live regions, and nowhere is there anything left to read when the trouble is over. */
function useAnnouncement(text: string, isLive: boolean): void {
  const wasShown = useRef(false)
  useEffect(() => {
    if (isLive ? wasShown.current : Platform.OS === 'ios') AccessibilityInfo.announceForAccessibility(text)
    wasShown.current = !isLive
  }, [text, isLive])
}

const calm = { paper: '#e5e7eb', ink: '#1f2937' }
const busy = { paper: '#fde68a', ink: '#422006' }
const bad = { paper: '#991b1b', ink: '#ffffff' }

const colours: Record<ConnectionKind, typeof calm> = {
  live: calm,
  offline: calm,
  paused: calm,
  connecting: busy,
  waiting: busy,
  failed: bad,
  closed: bad,
}

const styles = StyleSheet.create({
  bar: {
    flexDirection: 'row',
    flexWrap: 'wrap',
    alignItems: 'center',
    columnGap: 8,
    paddingHorizontal: 12,
    borderRadius: 8,
  },
  text: { fontSize: 15, lineHeight: 20, paddingVertical: 8 },
  // As large as a finger.
  button: { minWidth: 44, minHeight: 44, justifyContent: 'center' },
  action: { fontWeight: '600', textDecorationLine: 'underline' },
})

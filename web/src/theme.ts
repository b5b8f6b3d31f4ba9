// One accent colour, slate greys, one scale of radius. Read by the page and by the build, which
// writes the variables into the style sheet.

import { createTheme } from '@mantine/core';

const sans =
  '"Inter", "Segoe UI Variable", "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

export const theme = createTheme({
  primaryColor: 'edge',
  primaryShade: { light: 6, dark: 5 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: sans,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "Liberation Mono", monospace',
  black: '#171a23',
  headings: { fontFamily: sans, fontWeight: '650' },
  radius: { sm: '5px', md: '7px', lg: '11px' },
  colors: {
    edge: ['#eef1ff', '#dde3fd', '#b9c4f8', '#93a3f3', '#6f84ed', '#556be6', '#3d55d6', '#3347bb', '#293a9b', '#202e7c'],
    red: ['#fff0f0', '#fde0e1', '#f8c2c4', '#f19a9e', '#e86d73', '#cf3f47', '#c5333b', '#ad2a32', '#8f232a', '#6f1c21'],
    gray: ['#f7f8fa', '#f0f2f5', '#e5e8ed', '#d8dce3', '#bcc2cd', '#8d95a4', '#646c7c', '#4a5160', '#333946', '#1d212b'],
    dark: ['#d5d9e2', '#b4bac8', '#8a92a3', '#5f6778', '#3b4150', '#2d323e', '#222630', '#191c24', '#13161c', '#0d0f14'],
  },
  components: {
    // The scroll lock of Mantine adds a <style> element; global.css locks by a rule instead.
    // Beside text of 14 px, the larger compact buttons need not shout.
    Button: {
      vars: (_theme: unknown, props: { size?: string | number }) => ({
        root: props.size === 'compact-md' || props.size === 'compact-sm' ? { '--button-fz': '0.84375rem' } : {},
      }),
    },
    Modal: { defaultProps: { lockScroll: false, centered: true, padding: 'lg', overlayProps: { backgroundOpacity: 0.45 } } },
    Drawer: { defaultProps: { lockScroll: false, padding: 'lg', overlayProps: { backgroundOpacity: 0.45 } } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, events: { hover: true, focus: true, touch: false } } },
    Menu: { defaultProps: { shadow: 'md', withInitialFocusPlaceholder: false } },
    Select: { defaultProps: { comboboxProps: { shadow: 'md' } } },
  },
});

import {label} from './labels.js';

export const area = ({width, height}) => width * height;
export const describe = (shape) => label(`${shape.width} by ${shape.height}`);

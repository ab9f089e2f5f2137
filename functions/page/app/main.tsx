import { render } from 'preact';
import './page.css';

render(<h1>Personas</h1>, document.body);

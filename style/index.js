import '@dotscience/views/style/index.css';
import './index.css';

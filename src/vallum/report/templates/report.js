"use strict";(()=>{var I={en:{},ko:{},"zh-Hans":{}};var nt=globalThis,rt=nt.ShadowRoot&&(nt.ShadyCSS===void 0||nt.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,gt=Symbol(),Xt=new WeakMap,W=class{constructor(e,t,n){if(this._$cssResult$=!0,n!==gt)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o,t=this.t;if(rt&&e===void 0){let n=t!==void 0&&t.length===1;n&&(e=Xt.get(t)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),n&&Xt.set(t,e))}return e}toString(){return this.cssText}},qt=i=>new W(typeof i=="string"?i:i+"",void 0,gt),x=(i,...e)=>{let t=i.length===1?i[0]:e.reduce((n,r,s)=>n+(o=>{if(o._$cssResult$===!0)return o.cssText;if(typeof o=="number")return o;throw Error("Value passed to 'css' function must be a 'css' function result: "+o+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(r)+i[s+1],i[0]);return new W(t,i,gt)},Gt=(i,e)=>{if(rt)i.adoptedStyleSheets=e.map(t=>t instanceof CSSStyleSheet?t:t.styleSheet);else for(let t of e){let n=document.createElement("style"),r=nt.litNonce;r!==void 0&&n.setAttribute("nonce",r),n.textContent=t.cssText,i.appendChild(n)}},bt=rt?i=>i:i=>i instanceof CSSStyleSheet?(e=>{let t="";for(let n of e.cssRules)t+=n.cssText;return qt(t)})(i):i;var{is:ze,defineProperty:De,getOwnPropertyDescriptor:Fe,getOwnPropertyNames:Ue,getOwnPropertySymbols:Ie,getPrototypeOf:We}=Object,st=globalThis,Yt=st.trustedTypes,Be=Yt?Yt.emptyScript:"",je=st.reactiveElementPolyfillSupport,B=(i,e)=>i,$t={toAttribute(i,e){switch(e){case Boolean:i=i?Be:null;break;case Object:case Array:i=i==null?i:JSON.stringify(i)}return i},fromAttribute(i,e){let t=i;switch(e){case Boolean:t=i!==null;break;case Number:t=i===null?null:Number(i);break;case Object:case Array:try{t=JSON.parse(i)}catch{t=null}}return t}},Zt=(i,e)=>!ze(i,e),Jt={attribute:!0,type:String,converter:$t,reflect:!1,useDefault:!1,hasChanged:Zt};Symbol.metadata??=Symbol("metadata"),st.litPropertyMetadata??=new WeakMap;var _=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=Jt){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){let n=Symbol(),r=this.getPropertyDescriptor(e,n,t);r!==void 0&&De(this.prototype,e,r)}}static getPropertyDescriptor(e,t,n){let{get:r,set:s}=Fe(this.prototype,e)??{get(){return this[t]},set(o){this[t]=o}};return{get:r,set(o){let a=r?.call(this);s?.call(this,o),this.requestUpdate(e,a,n)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??Jt}static _$Ei(){if(this.hasOwnProperty(B("elementProperties")))return;let e=We(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(B("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(B("properties"))){let t=this.properties,n=[...Ue(t),...Ie(t)];for(let r of n)this.createProperty(r,t[r])}let e=this[Symbol.metadata];if(e!==null){let t=litPropertyMetadata.get(e);if(t!==void 0)for(let[n,r]of t)this.elementProperties.set(n,r)}this._$Eh=new Map;for(let[t,n]of this.elementProperties){let r=this._$Eu(t,n);r!==void 0&&this._$Eh.set(r,t)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){let t=[];if(Array.isArray(e)){let n=new Set(e.flat(1/0).reverse());for(let r of n)t.unshift(bt(r))}else e!==void 0&&t.push(bt(e));return t}static _$Eu(e,t){let n=t.attribute;return n===!1?void 0:typeof n=="string"?n:typeof e=="string"?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(e=>e(this))}addController(e){(this._$EO??=new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&e.hostConnected?.()}removeController(e){this._$EO?.delete(e)}_$E_(){let e=new Map,t=this.constructor.elementProperties;for(let n of t.keys())this.hasOwnProperty(n)&&(e.set(n,this[n]),delete this[n]);e.size>0&&(this._$Ep=e)}createRenderRoot(){let e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return Gt(e,this.constructor.elementStyles),e}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(e=>e.hostConnected?.())}enableUpdating(e){}disconnectedCallback(){this._$EO?.forEach(e=>e.hostDisconnected?.())}attributeChangedCallback(e,t,n){this._$AK(e,n)}_$ET(e,t){let n=this.constructor.elementProperties.get(e),r=this.constructor._$Eu(e,n);if(r!==void 0&&n.reflect===!0){let s=(n.converter?.toAttribute!==void 0?n.converter:$t).toAttribute(t,n.type);this._$Em=e,s==null?this.removeAttribute(r):this.setAttribute(r,s),this._$Em=null}}_$AK(e,t){let n=this.constructor,r=n._$Eh.get(e);if(r!==void 0&&this._$Em!==r){let s=n.getPropertyOptions(r),o=typeof s.converter=="function"?{fromAttribute:s.converter}:s.converter?.fromAttribute!==void 0?s.converter:$t;this._$Em=r;let a=o.fromAttribute(t,s.type);this[r]=a??this._$Ej?.get(r)??a,this._$Em=null}}requestUpdate(e,t,n,r=!1,s){if(e!==void 0){let o=this.constructor;if(r===!1&&(s=this[e]),n??=o.getPropertyOptions(e),!((n.hasChanged??Zt)(s,t)||n.useDefault&&n.reflect&&s===this._$Ej?.get(e)&&!this.hasAttribute(o._$Eu(e,n))))return;this.C(e,t,n)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(e,t,{useDefault:n,reflect:r,wrapped:s},o){n&&!(this._$Ej??=new Map).has(e)&&(this._$Ej.set(e,o??t??this[e]),s!==!0||o!==void 0)||(this._$AL.has(e)||(this.hasUpdated||n||(t=void 0),this._$AL.set(e,t)),r===!0&&this._$Em!==e&&(this._$Eq??=new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(t){Promise.reject(t)}let e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[r,s]of this._$Ep)this[r]=s;this._$Ep=void 0}let n=this.constructor.elementProperties;if(n.size>0)for(let[r,s]of n){let{wrapped:o}=s,a=this[r];o!==!0||this._$AL.has(r)||a===void 0||this.C(r,void 0,s,a)}}let e=!1,t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),this._$EO?.forEach(n=>n.hostUpdate?.()),this.update(t)):this._$EM()}catch(n){throw e=!1,this._$EM(),n}e&&this._$AE(t)}willUpdate(e){}_$AE(e){this._$EO?.forEach(t=>t.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(t=>this._$ET(t,this[t])),this._$EM()}updated(e){}firstUpdated(e){}};_.elementStyles=[],_.shadowRootOptions={mode:"open"},_[B("elementProperties")]=new Map,_[B("finalized")]=new Map,je?.({ReactiveElement:_}),(st.reactiveElementVersions??=[]).push("2.1.2");var kt=globalThis,Qt=i=>i,it=kt.trustedTypes,te=it?it.createPolicy("lit-html",{createHTML:i=>i}):void 0,oe="$lit$",k=`lit$${Math.random().toFixed(9).slice(2)}$`,ae="?"+k,Ve=`<${ae}>`,R=document,V=()=>R.createComment(""),K=i=>i===null||typeof i!="object"&&typeof i!="function",Et=Array.isArray,Ke=i=>Et(i)||typeof i?.[Symbol.iterator]=="function",yt=`[ 	
\f\r]`,j=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,ee=/-->/g,ne=/>/g,T=RegExp(`>|${yt}(?:([^\\s"'>=/]+)(${yt}*=${yt}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),re=/'/g,se=/"/g,le=/^(?:script|style|textarea|title)$/i,At=i=>(e,...t)=>({_$litType$:i,strings:e,values:t}),g=At(1),m=At(2),zn=At(3),C=Symbol.for("lit-noChange"),p=Symbol.for("lit-nothing"),ie=new WeakMap,L=R.createTreeWalker(R,129);function he(i,e){if(!Et(i)||!i.hasOwnProperty("raw"))throw Error("invalid template strings array");return te!==void 0?te.createHTML(e):e}var Xe=(i,e)=>{let t=i.length-1,n=[],r,s=e===2?"<svg>":e===3?"<math>":"",o=j;for(let a=0;a<t;a++){let l=i[a],h,c,u=-1,f=0;for(;f<l.length&&(o.lastIndex=f,c=o.exec(l),c!==null);)f=o.lastIndex,o===j?c[1]==="!--"?o=ee:c[1]!==void 0?o=ne:c[2]!==void 0?(le.test(c[2])&&(r=RegExp("</"+c[2],"g")),o=T):c[3]!==void 0&&(o=T):o===T?c[0]===">"?(o=r??j,u=-1):c[1]===void 0?u=-2:(u=o.lastIndex-c[2].length,h=c[1],o=c[3]===void 0?T:c[3]==='"'?se:re):o===se||o===re?o=T:o===ee||o===ne?o=j:(o=T,r=void 0);let b=o===T&&i[a+1].startsWith("/>")?" ":"";s+=o===j?l+Ve:u>=0?(n.push(h),l.slice(0,u)+oe+l.slice(u)+k+b):l+k+(u===-2?a:b)}return[he(i,s+(i[t]||"<?>")+(e===2?"</svg>":e===3?"</math>":"")),n]},X=class i{constructor({strings:e,_$litType$:t},n){let r;this.parts=[];let s=0,o=0,a=e.length-1,l=this.parts,[h,c]=Xe(e,t);if(this.el=i.createElement(h,n),L.currentNode=this.el.content,t===2||t===3){let u=this.el.content.firstChild;u.replaceWith(...u.childNodes)}for(;(r=L.nextNode())!==null&&l.length<a;){if(r.nodeType===1){if(r.hasAttributes())for(let u of r.getAttributeNames())if(u.endsWith(oe)){let f=c[o++],b=r.getAttribute(u).split(k),y=/([.?@])?(.*)/.exec(f);l.push({type:1,index:s,name:y[2],strings:b,ctor:y[1]==="."?xt:y[1]==="?"?wt:y[1]==="@"?_t:N}),r.removeAttribute(u)}else u.startsWith(k)&&(l.push({type:6,index:s}),r.removeAttribute(u));if(le.test(r.tagName)){let u=r.textContent.split(k),f=u.length-1;if(f>0){r.textContent=it?it.emptyScript:"";for(let b=0;b<f;b++)r.append(u[b],V()),L.nextNode(),l.push({type:2,index:++s});r.append(u[f],V())}}}else if(r.nodeType===8)if(r.data===ae)l.push({type:2,index:s});else{let u=-1;for(;(u=r.data.indexOf(k,u+1))!==-1;)l.push({type:7,index:s}),u+=k.length-1}s++}}static createElement(e,t){let n=R.createElement("template");return n.innerHTML=e,n}};function O(i,e,t=i,n){if(e===C)return e;let r=n!==void 0?t._$Co?.[n]:t._$Cl,s=K(e)?void 0:e._$litDirective$;return r?.constructor!==s&&(r?._$AO?.(!1),s===void 0?r=void 0:(r=new s(i),r._$AT(i,t,n)),n!==void 0?(t._$Co??=[])[n]=r:t._$Cl=r),r!==void 0&&(e=O(i,r._$AS(i,e.values),r,n)),e}var vt=class{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){let{el:{content:t},parts:n}=this._$AD,r=(e?.creationScope??R).importNode(t,!0);L.currentNode=r;let s=L.nextNode(),o=0,a=0,l=n[0];for(;l!==void 0;){if(o===l.index){let h;l.type===2?h=new q(s,s.nextSibling,this,e):l.type===1?h=new l.ctor(s,l.name,l.strings,this,e):l.type===6&&(h=new St(s,this,e)),this._$AV.push(h),l=n[++a]}o!==l?.index&&(s=L.nextNode(),o++)}return L.currentNode=R,r}p(e){let t=0;for(let n of this._$AV)n!==void 0&&(n.strings!==void 0?(n._$AI(e,n,t),t+=n.strings.length-2):n._$AI(e[t])),t++}},q=class i{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(e,t,n,r){this.type=2,this._$AH=p,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=n,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let e=this._$AA.parentNode,t=this._$AM;return t!==void 0&&e?.nodeType===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=O(this,e,t),K(e)?e===p||e==null||e===""?(this._$AH!==p&&this._$AR(),this._$AH=p):e!==this._$AH&&e!==C&&this._(e):e._$litType$!==void 0?this.$(e):e.nodeType!==void 0?this.T(e):Ke(e)?this.k(e):this._(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==p&&K(this._$AH)?this._$AA.nextSibling.data=e:this.T(R.createTextNode(e)),this._$AH=e}$(e){let{values:t,_$litType$:n}=e,r=typeof n=="number"?this._$AC(e):(n.el===void 0&&(n.el=X.createElement(he(n.h,n.h[0]),this.options)),n);if(this._$AH?._$AD===r)this._$AH.p(t);else{let s=new vt(r,this),o=s.u(this.options);s.p(t),this.T(o),this._$AH=s}}_$AC(e){let t=ie.get(e.strings);return t===void 0&&ie.set(e.strings,t=new X(e)),t}k(e){Et(this._$AH)||(this._$AH=[],this._$AR());let t=this._$AH,n,r=0;for(let s of e)r===t.length?t.push(n=new i(this.O(V()),this.O(V()),this,this.options)):n=t[r],n._$AI(s),r++;r<t.length&&(this._$AR(n&&n._$AB.nextSibling,r),t.length=r)}_$AR(e=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);e!==this._$AB;){let n=Qt(e).nextSibling;Qt(e).remove(),e=n}}setConnected(e){this._$AM===void 0&&(this._$Cv=e,this._$AP?.(e))}},N=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,n,r,s){this.type=1,this._$AH=p,this._$AN=void 0,this.element=e,this.name=t,this._$AM=r,this.options=s,n.length>2||n[0]!==""||n[1]!==""?(this._$AH=Array(n.length-1).fill(new String),this.strings=n):this._$AH=p}_$AI(e,t=this,n,r){let s=this.strings,o=!1;if(s===void 0)e=O(this,e,t,0),o=!K(e)||e!==this._$AH&&e!==C,o&&(this._$AH=e);else{let a=e,l,h;for(e=s[0],l=0;l<s.length-1;l++)h=O(this,a[n+l],t,l),h===C&&(h=this._$AH[l]),o||=!K(h)||h!==this._$AH[l],h===p?e=p:e!==p&&(e+=(h??"")+s[l+1]),this._$AH[l]=h}o&&!r&&this.j(e)}j(e){e===p?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??"")}},xt=class extends N{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===p?void 0:e}},wt=class extends N{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==p)}},_t=class extends N{constructor(e,t,n,r,s){super(e,t,n,r,s),this.type=5}_$AI(e,t=this){if((e=O(this,e,t,0)??p)===C)return;let n=this._$AH,r=e===p&&n!==p||e.capture!==n.capture||e.once!==n.once||e.passive!==n.passive,s=e!==p&&(n===p||r);r&&this.element.removeEventListener(this.name,this,n),s&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,e):this._$AH.handleEvent(e)}},St=class{constructor(e,t,n){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=n}get _$AU(){return this._$AM._$AU}_$AI(e){O(this,e)}};var qe=kt.litHtmlPolyfillSupport;qe?.(X,q),(kt.litHtmlVersions??=[]).push("3.3.3");var ce=(i,e,t)=>{let n=t?.renderBefore??e,r=n._$litPart$;if(r===void 0){let s=t?.renderBefore??null;n._$litPart$=r=new q(e.insertBefore(V(),s),s,void 0,t??{})}return r._$AI(i),r};var Mt=globalThis,E=class extends _{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=ce(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return C}};E._$litElement$=!0,E.finalized=!0,Mt.litElementHydrateSupport?.({LitElement:E});var Ge=Mt.litElementPolyfillSupport;Ge?.({LitElement:E});(Mt.litElementVersions??=[]).push("4.2.2");var Yn="Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");var ue=new Set,de="en";function Ye(i){return ue.add(i),()=>ue.delete(i)}function d(i,e={}){let t=I[de];return((e.n===1?t[`${i}#one`]:void 0)??t[i]??I.en[i]??i).replace(/\{(\w+)\}/g,(s,o)=>{let a=e[o];return a===void 0?s:typeof a=="number"?w(a):a})}function w(i,e){let t=e===void 0?{maximumFractionDigits:3}:{minimumFractionDigits:e,maximumFractionDigits:e};return new Intl.NumberFormat(de,t).format(i)}function H(i,e=1){return d("unit.km_at",{km:w(i/1e3,e)})}function ot(i){return Math.abs(i)<1e3?d("unit.m",{m:w(Math.round(i))}):d("unit.km",{km:w(i/1e3,1)})}var A=class extends E{connectedCallback(){super.connectedCallback(),this.stopWords=Ye(()=>this.requestUpdate())}disconnectedCallback(){this.stopWords?.(),super.disconnectedCallback()}};function Je(i){return Number.isFinite(i)?Math.min(Math.max(i,.2),3):1.5}var at=class{constructor(e){this.swap=e}get isOn(){return this.timer!==void 0}start(e){return this.stop(),matchMedia("(prefers-reduced-motion: reduce)").matches?!1:(this.timer=setInterval(this.swap,1e3/Je(e)),!0)}stop(){clearInterval(this.timer),this.timer=void 0}};var M=x`
  :host {
    display: block;
    position: relative;
    font-size: 0.95rem;
    line-height: 1.45;
  }
  svg {
    display: block;
    overflow: visible;
  }
  svg svg {
    overflow: hidden;
  }
  .glass {
    position: relative;
    user-select: none;
    -webkit-user-select: none;
  }
  .glass:focus-visible,
  a {
    color: var(--changed);
    text-underline-offset: 0.15em;
  }
  a:focus-visible,
  button:focus-visible,
  input:focus-visible {
    outline: 3px solid #b87800;
    outline-offset: 2px;
  }
  button {
    font: inherit;
    font-size: 0.88rem;
    min-height: 34px;
    min-width: 34px;
    padding: 0.25rem 0.7rem;
    border: 1px solid var(--ink);
    border-radius: 4px;
    background: var(--paper);
    color: var(--ink);
    cursor: pointer;
  }
  button:disabled {
    color: var(--soft);
    border-color: var(--line);
    cursor: default;
  }
  button[aria-pressed="true"] {
    background: var(--ink);
    color: var(--paper);
  }
  .tools {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin: 0 0 0.6rem;
  }
  .small {
    margin: 0.3rem 0;
    color: var(--soft);
    font-size: 0.85rem;
    max-width: 60em;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  code {
    font-size: 0.82em;
    overflow-wrap: anywhere;
  }
  .axis,
  .name {
    fill: var(--ink);
    font-size: 12.5px;
  }
  .axis {
    fill: var(--soft);
  }
  .tick,
  .base {
    stroke: var(--soft);
  }
  .frame {
    fill: none;
    stroke: var(--soft);
  }
  .hatch {
    fill: none;
    stroke: var(--hatch);
    stroke-width: 1;
  }
  .st.changed {
    fill: var(--changed);
  }
  .st.unchanged {
    fill: var(--same);
  }
  .st.indeterminate {
    fill: var(--unsure-wash);
    stroke: var(--unsure);
    stroke-width: 0.7;
  }
  .st.not_examined {
    fill: var(--paper);
    stroke: var(--soft);
    stroke-width: 0.7;
  }
  .st.edge-only {
    fill: none;
    stroke: var(--hatch);
  }
  .st-mark {
    fill: none;
    stroke: var(--soft);
  }
  .st-mark.indeterminate {
    stroke: var(--unsure);
    stroke-dasharray: 1.5 3;
    stroke-width: 1.5;
  }
  .old {
    fill: var(--old);
  }
  .unsure {
    fill: var(--paper);
    stroke-width: 1.4;
    stroke-dasharray: 3 2;
  }
  .gone {
    fill: var(--paper);
    stroke-width: 1.8;
  }
  .open {
    fill: var(--paper);
    stroke: var(--soft);
  }
  .told {
    fill: var(--paper);
    stroke: var(--soft);
    stroke-width: 1.6;
  }
  .told.corroborated {
    fill: var(--yes);
    stroke: var(--yes);
  }
  .told.contradicted {
    stroke: var(--alarm);
    stroke-width: 2.6;
  }
  .told.not_observable {
    stroke-dasharray: 2 2;
  }
  .told.unverified {
    stroke: var(--unsure);
    stroke-dasharray: 5 2;
  }
  .window {
    fill: var(--changed);
  }
  .chosen {
    stroke: var(--alarm);
    stroke-width: 2;
  }
  .chosen-mark {
    fill: var(--alarm);
  }
  .hover {
    stroke: var(--ink);
    stroke-dasharray: 2 2;
  }
  .inset {
    margin: 0.8rem 0 0;
  }
  .inset figcaption {
    font-weight: 650;
    font-size: 0.88rem;
    margin: 0 0 0.2rem;
  }
  .inset svg {
    cursor: zoom-in;
  }
`;var Qe=["swipe","beside","blink"],Pt=class extends A{constructor(){super();this.blinker=new at(()=>this.isAfter=!this.isAfter);this.onSlide=t=>{this.share=100-Number(t.target.value)};this.onPointer=t=>{if(this.way!=="swipe"||t.type==="pointermove"&&t.buttons!==1)return;let n=t.currentTarget;t.type==="pointerdown"&&n.setPointerCapture(t.pointerId),t.preventDefault();let{left:r,width:s}=n.getBoundingClientRect();this.share=Math.round(100*(1-Math.min(1,Math.max(0,(t.clientX-r)/s))))};this.way="swipe",this.share=50,this.isAfter=!0,this.isStill=!1,this.words=""}static{this.properties={way:{state:!0},share:{state:!0},isAfter:{state:!0},isStill:{state:!0},words:{}}}static{this.styles=[M,x`
      .two {
        position: relative;
        touch-action: pan-y;
        max-width: 640px;
        user-select: none;
      }
      .two.beside {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
        max-width: none;
      }
      .swipe ::slotted(img:last-of-type),
      .blink ::slotted(img:last-of-type) {
        position: absolute;
        inset: 0;
      }
      .swipe ::slotted(img:last-of-type) {
        /* The edge runs through the ground alone; above it each date stands on its own half. */
        clip-path: polygon(
          50% 0,
          100% 0,
          100% calc(100% - var(--foot, 0%)),
          var(--at, 50%) calc(100% - var(--foot, 0%)),
          var(--at, 50%) var(--head, 0%),
          50% var(--head, 0%)
        );
      }
      .blink.first ::slotted(img:last-of-type) {
        visibility: hidden;
      }
      ::slotted(img) {
        display: block;
        width: 100%;
        height: auto;
      }
      .edge {
        display: none;
      }
      .swipe .edge {
        display: block;
        position: absolute;
        inset: var(--edge, 0%) auto var(--foot, 0%) var(--at, 50%);
        width: 0;
        border-left: 3px solid #fff;
        box-shadow: 0 0 0 1px #1a1a1a;
        pointer-events: none;
      }
      .edge::after {
        content: "⇔";
        position: absolute;
        top: 86%; /* never on the thing itself, which stands in the middle */
        left: -18px;
        width: 33px;
        height: 33px;
        border-radius: 50%;
        background: #fff;
        color: #1a1a1a;
        border: 1px solid #1a1a1a;
        text-align: center;
        line-height: 31px;
        transform: translateY(-50%);
      }
      input {
        display: block;
        width: min(640px, 100%);
        min-height: 32px;
        margin: 0.3rem 0 0;
      }
      .swipe {
        cursor: ew-resize;
      }
      .tools {
        margin: 0.6rem 0 0;
      }
      @media (max-width: 480px) {
        .two.beside {
          grid-template-columns: 1fr;
        }
      }
      @media print {
        .tools,
        input,
        .edge {
          display: none !important;
        }
        .two {
          display: grid;
          grid-template-columns: 1fr 1fr;
          gap: 8px;
          max-width: none;
        }
        .two ::slotted(img:last-of-type) {
          position: static !important;
          clip-path: none !important;
          visibility: visible !important;
        }
      }
    `]}disconnectedCallback(){this.blinker.stop(),super.disconnectedCallback()}render(){let t={swipe:d("swipe.swipe"),beside:d("swipe.beside"),blink:this.way==="blink"?d("swipe.stop"):d("swipe.blink")};return g`<div class="two ${this.way} ${this.isAfter?"":"first"}" @pointerdown=${this.onPointer} @pointermove=${this.onPointer}>
        <slot></slot><span class="edge" aria-hidden="true"></span>
      </div>
      ${this.way==="swipe"?g`<input type="range" min="0" max="100" .value=${String(100-this.share)} aria-label=${d("swipe.slider")} @input=${this.onSlide} />`:p}
      <div class="tools" role="group" aria-label=${d("swipe.way")}>
        ${Qe.map(n=>g`<button type="button" aria-pressed=${this.way===n?"true":"false"} @click=${()=>this.choose(n)}>${t[n]}</button>`)}
      </div>
      ${this.isStill?g`<p class="small" role="status">${d("swipe.still")}</p>`:p}`}updated(){let t=this.renderRoot.querySelector(".two");t?.style.setProperty("--at",`${100-this.share}%`);let n=Number(this.querySelector("img")?.getAttribute("height")??0),[r=0,s=0,o=0]=this.words.split(" ").map(Number);!t||n<=0||(t.style.setProperty("--head",`${(100*r/n).toFixed(2)}%`),t.style.setProperty("--edge",`${(100*(r+o)/n).toFixed(2)}%`),t.style.setProperty("--foot",`${(100*s/n).toFixed(2)}%`))}choose(t){this.blinker.stop(),this.isAfter=!0,this.isStill=!1,t==="blink"&&(this.way==="blink"?t="swipe":this.blinker.start(1.5)||([t,this.isStill]=["beside",!0])),this.way=t}};customElements.define("vallum-compare",Pt);function pe(i){let e=JSON.parse(i||"{}");if(!e.extent||!e.words)return null;let t=e;return{...t,places:t.places.map(({name:n,other:r,at_m:s})=>({name:n,names:r?[r]:[],at_m:s})),statuses:t.statuses.map(n=>({...n,spans:n.spans.map(lt)})),things:t.things.map(tn),open:{bin_m:t.open.bin_m,bins:t.open.bins.map(lt)},pairs:t.pairs.map(n=>({...n,spans:n.spans.map(lt)})),claims:t.claims.map(n=>({...n,spans:n.spans.map(lt)})),line:t.line.map(n=>n.split(",").map(Number)),land:(t.base?.land??[]).map(Tt),countries:(t.base?.countries??[]).map(Tt)}}function lt(i){let[e=0,t=0]=i.split(" ").map(Number);return[e,t]}function Tt(i){return i===""?[]:i.split(";").map(e=>e.split(",").map(Number))}function tn(i){let[e="",t="",n="",r="0",s="0",o="-",a="-",l="",h="-1",c=""]=i.split(" "),u=f=>f==="-"?"":f;return{kind:e,change:t,held:n,span:[Number(r),Number(s)],first:u(o),last:u(a),id:l,chip:Number(h),parts:c===""?[]:c.split("|").map(Tt)}}var S={without:new Set,year:null};function P({without:i,year:e},t){return i.has(`kind:${t.kind}`)||i.has(`change:${t.change}`)||i.has(`held:${t.held}`)?!1:e===null?!0:t.last===""?!1:(t.first===""?Number(t.last.slice(0,4)):Number(t.first.slice(0,4)))<=e&&e<=Number(t.last.slice(0,4))}function me(i){let e=new Set;for(let{first:t,last:n}of i){if(n==="")continue;let r=Number(n.slice(0,4));for(let s=t===""?r:Number(t.slice(0,4));s<=r;s+=1)e.add(s)}return[...e].sort((t,n)=>t-n)}function fe(i,e){let t=[];for(let[n,r]of[...i].sort((s,o)=>s[0]-o[0])){let s=t.at(-1);s&&n<=s[1]+e?s[1]=Math.max(s[1],r):t.push([n,r])}return t}function ge(i,e,t){let n=({span:[r,s]})=>Math.max(0,r-e,e-s);return i.filter(r=>n(r)<=t).sort((r,s)=>n(r)-n(s)||r.span[0]-s.span[0])}function ht(i,e){return i.some(([t,n])=>t<=e&&e<n)}function z(i,e){let t=i.findIndex(([,,o])=>o>=e),n=i[t];if(n===void 0)return null;let r=i[t-1]??n,s=n[2]>r[2]?(e-r[2])/(n[2]-r[2]):0;return[r[0]+s*(n[0]-r[0]),r[1]+s*(n[1]-r[1])]}function Lt(i,[e,t]){let n=[z(i,e),z(i,t)],r=i.filter(([,,s])=>s>e&&s<t).map(([s,o])=>[s,o]);return[...n[0]?[n[0]]:[],...r,...n[1]?[n[1]]:[]]}var G=class extends A{constructor(){super();this.onYear=t=>{let{value:n}=t.target;this.tell({...this.filter,year:n===""?null:Number(n)})};this.live=null,this.filter=S}static{this.properties={live:{attribute:!1},filter:{attribute:!1}}}static{this.styles=[M,x`
      details {
        border: 1px solid var(--soft);
        border-radius: 4px;
        padding: 0.3rem 0.8rem;
        margin: 0 0 0.8rem;
      }
      summary {
        cursor: pointer;
        font-weight: 650;
        min-height: 30px;
      }
      summary:focus-visible,
      select:focus-visible {
        outline: 3px solid #b87800;
        outline-offset: 2px;
      }
      fieldset {
        border: 0;
        margin: 0.4rem 0;
        padding: 0;
        display: flex;
        flex-wrap: wrap;
        gap: 0 1.1rem;
      }
      legend {
        padding: 0;
        font-weight: 650;
        font-size: 0.88rem;
      }
      label {
        display: inline-flex;
        align-items: center;
        gap: 0.4em;
        min-height: 30px;
      }
      input {
        width: 18px;
        height: 18px;
        margin: 0;
      }
      select {
        font: inherit;
        min-height: 32px;
        color: var(--ink);
        background: var(--paper);
        border: 1px solid var(--ink);
        border-radius: 4px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 0.4rem 1rem;
        align-items: center;
        margin: 0.3rem 0 0.5rem;
      }
    `]}render(){let{live:t}=this;if(!t||t.things.length===0)return p;let n=me(t.things);if(Math.max(t.kinds.length,t.changes.length,t.helds.length,n.length)<2)return p;let r=t.things.filter(s=>P(this.filter,s)).length;return g`<details>
      <summary>${d("filter.title")} … <span role="status">${r===t.things.length?"":d("filter.shown",{n:r,all:t.things.length})}</span></summary>
      ${this.group(d("filter.kinds"),"kind",t.kinds)} ${this.group(d("filter.changes"),"change",t.changes)}
      ${this.group(d("filter.helds"),"held",t.helds)}
      <div class="row">
        ${n.length>1?g`<label
                >${d("filter.year")}
                <select @change=${this.onYear}>
                  <option value="" ?selected=${this.filter.year===null}>${d("filter.any")}</option>
                  ${n.map(s=>g`<option value=${s} ?selected=${this.filter.year===s}>${d("filter.in",{year:String(s)})}</option>`)}
                </select></label
              >`:p}
        <button type="button" @click=${()=>this.tell(S)}>${d("filter.all")}</button>
      </div>
    </details>`}group(t,n,r){return r.length<2?p:g`<fieldset>
      <legend>${t}</legend>
      ${r.map(({key:s,label:o})=>{let a=`${n}:${s}`;return g`<label
          ><input type="checkbox" name=${a} .checked=${!this.filter.without.has(a)} @change=${()=>this.toggle(a)} />${o}</label
        >`})}
    </fieldset>`}toggle(t){let n=new Set(this.filter.without);n.delete(t)||n.add(t),this.tell({...this.filter,without:n})}tell(t){this.dispatchEvent(new CustomEvent("filter",{detail:{filter:t},bubbles:!0,composed:!0}))}};customElements.define("vallum-filter",G);function $(i,e){let[t,n]=i.extent;return n>t?(e-t)/(n-t)*i.width:0}function Rt(i,e){let[t,n]=i.extent,r=t+(i.width>0?e/i.width:0)*(n-t);return Math.round(Math.min(n,Math.max(t,r)))}function $e(i,e=84){let[t,n]=i.extent;if(n<=t||i.width<=0)return[];let r=(n-t)/i.width*e,s=10**Math.floor(Math.log10(r)),o=Math.max(100,([1,2,5,10].find(l=>l*s>=r)??10)*s),a=[];for(let l=Math.ceil(t/o)*o;l<=n;l+=o)a.push(l);return a}function en(i){return/[\uac00-\ud7a3]/.test(i)?"hangul":/[\u3400-\u9fff\uf900-\ufaff]/.test(i)?"han":"latin"}var be={en:["latin","hangul","han"],ko:["hangul","han","latin"],"zh-Hans":["han","latin","hangul"]};function ct(i,e){let t=[i.name,...i.names].filter(r=>r!==""),n=[];for(let r of be[e]??be.en??[]){let s=t.find(o=>en(o)===r);s!==void 0&&n.length<2&&n.push(s)}return n}function ye(i,e,t,n,r=12){let s=[],o=(l,h)=>l.width<=e.width&&s.every(c=>c===h||l.x+l.width+r<=c.x||c.x+c.width+r<=l.x),a=(l,h)=>{let c=n(h),u=$(e,l.at_m),f=Math.max(0,Math.min(e.width-c,u-c/2));return{place:l,text:h,x:f,width:c,tick:u}};for(let l of i){if(l.at_m<e.extent[0]||l.at_m>e.extent[1])continue;let[h]=ct(l,t);if(h===void 0)continue;let c=a(l,h);o(c,null)&&s.push(c)}return s.forEach((l,h)=>{let c=ct(l.place,t);if(c.length<2)return;let u=a(l.place,c.join(" "));o(u,l)&&(s[h]=u)}),s.sort((l,h)=>l.x-h.x)}function ve(i,e,t,n){let s={ArrowLeft:-n,ArrowDown:-n,ArrowRight:n,ArrowUp:n,PageDown:-10*n,PageUp:10*n,Home:-1/0,End:1/0}[i];return s===void 0?null:Math.round(Math.min(t[1],Math.max(t[0],e+s)))}var nn=20,rn=34;var D=class extends A{constructor(){super();this.sizes=new ResizeObserver(([t])=>{if(!t)return;let n=Math.floor(t.contentRect.width);requestAnimationFrame(()=>{this.width=n})});this.width=0}static{this.properties={width:{state:!0}}}connectedCallback(){super.connectedCallback(),this.sizes.observe(this)}disconnectedCallback(){this.sizes.disconnect(),super.disconnectedCallback()}};function Ct(i,e,{tick:t=4,words:n=16}={}){return $e(i).map(r=>{let s=$(i,r),o=s<nn?"start":s>i.width-rn?"end":"middle",a=w(r/1e3,r%1e3===0?0:1);return m`<line class="tick" x1=${s} x2=${s} y1=${e} y2=${e+t}></line>
      <text class="axis" x=${s} y=${e+n} text-anchor=${o}>${d("unit.km",{km:a})}</text>`})}function Ot(i,e){return i.map((t,n)=>`${n===0?"M":"L"}${e(t).map(r=>r.toFixed(1)).join(" ")}`).join("")}function xe(i,e=120){let t=i*e,n=10**Math.floor(Math.log10(t)),r=([5,2,1].find(s=>s*n<=t)??1)*n;return{length_m:r,width_px:r/i}}function F({view:i,width:e,height:t,narrow:n},[r,s]){return[e/2+(r-i.middle[0])*n*i.each,t/2-(s-i.middle[1])*i.each]}function Y({view:i,width:e,height:t,narrow:n},r,s){return[i.middle[0]+(r-e/2)/(n*i.each),i.middle[1]-(s-t/2)/i.each]}function Nt({view:i}){return 111320/i.each}function we(i,e,t,n,r){let s=Y(i,t,n),o=Math.min(111320/.5,Math.max(r,i.view.each*e)),a=s[0]-(t-i.width/2)/(i.narrow*o),l=s[1]+(n-i.height/2)/o;return{middle:[a,l],each:o}}function Ht(i,e,t){let n=[.005,.01,.02,.05,.1,.2,.5,1,2,5,10].find(s=>(e-i)/s<=t)??20,r=[];for(let s=Math.ceil(i/n);s*n<=e;s+=1)r.push(Math.round(s*n*1e3)/1e3);return r}function ut(i,e){let t=new AbortController,{signal:n}=t,r=new Map,s=!1,o=a=>{let l=i.getBoundingClientRect();return[a.clientX-l.left,a.clientY-l.top]};return i.addEventListener("pointerdown",a=>{a.button===0&&(r.size===0&&(s=!1),r.set(a.pointerId,o(a)))},{signal:n}),i.addEventListener("pointermove",a=>{let[l,h]=o(a),c=r.get(a.pointerId);if(!c){a.pointerType==="mouse"&&e.over?.([l,h]);return}let[u,f]=[l-c[0],h-c[1]];if(!s&&Math.hypot(u,f)<6)return;s||i.setPointerCapture(a.pointerId),s=!0;let b=_e(r);r.set(a.pointerId,[l,h]),e.panBy(u/r.size,f/r.size);let y=_e(r);b!==null&&y!==null&&b>0&&e.zoomBy(y/b,...sn(r))},{signal:n}),i.addEventListener("pointerup",a=>{r.delete(a.pointerId)&&!s&&r.size===0&&e.press(...o(a))},{signal:n}),i.addEventListener("pointercancel",a=>{r.delete(a.pointerId)},{signal:n}),i.addEventListener("pointerleave",()=>e.over?.(null),{signal:n}),i.addEventListener("wheel",a=>{if(!a.ctrlKey&&!a.metaKey){if(Math.abs(a.deltaX)<=Math.abs(a.deltaY))return;a.preventDefault(),e.panBy(-a.deltaX,0);return}a.preventDefault(),e.zoomBy(2**(-a.deltaY/300),...o(a))},{signal:n,passive:!1}),()=>t.abort()}function _e(i){let[e,t]=[...i.values()];return e&&t?Math.hypot(e[0]-t[0],e[1]-t[1]):null}function sn(i){let[e=[0,0],t=e]=[...i.values()];return[(e[0]+t[0])/2,(e[1]+t[1])/2]}var on=520,an=260,ln=.08,J=30,dt=70,hn=120,zt=5,Se=["not_comparable","unchanged","not_examined","indeterminate","changed"],cn=["land","countries","known","things","said","names","grid"],Z=class extends D{constructor(){super();this.things=[];this.onKey=t=>{if(t.ctrlKey||t.metaKey||t.altKey)return;let r={ArrowLeft:()=>this.move(dt,0),ArrowRight:()=>this.move(-dt,0),ArrowUp:()=>this.move(0,dt),ArrowDown:()=>this.move(0,-dt),"+":()=>this.zoom(2),"=":()=>this.zoom(2),"-":()=>this.zoom(.5),0:()=>this.view=null}[t.key];r&&(t.preventDefault(),r())};this.live=null,this.filter=S,this.at_m=null,this.view=null,this.off=new Set}static{this.properties={live:{attribute:!1},filter:{attribute:!1},at_m:{attribute:!1},view:{state:!0},off:{state:!0}}}static{this.styles=[M,x`
      .glass {
        touch-action: pan-y;
        cursor: grab;
        border: 1px solid var(--soft);
        overflow: hidden;
      }
      .glass > svg {
        overflow: hidden;
      }
      .sea {
        fill: var(--sea);
      }
      .sea.plain,
      .land {
        fill: var(--land);
      }
      .country {
        fill: none;
        stroke: var(--soft);
        stroke-width: 0.8;
        stroke-dasharray: 4 2 1 2;
      }
      .grid {
        stroke: var(--line);
        fill: none;
      }
      .line {
        fill: none;
        stroke-linejoin: round;
      }
      .line.changed {
        stroke: var(--changed);
        stroke-width: 5;
      }
      .line.unchanged {
        stroke: var(--hatch);
        stroke-width: 2.6;
      }
      .line.indeterminate {
        stroke: var(--unsure);
        stroke-width: 4;
        stroke-dasharray: 2 2;
      }
      .line.not_examined {
        stroke: var(--ink);
        stroke-width: 2.4;
        stroke-dasharray: 1 3;
      }
      .line.not_comparable {
        stroke: var(--alarm);
        stroke-width: 2;
        stroke-dasharray: 6 4;
      }
      .line.plain {
        stroke: var(--ink);
        stroke-width: 1;
      }
      .line.said {
        stroke: var(--unsure);
        stroke-width: 11;
        opacity: 0.35;
      }
      .thing {
        fill: none;
        stroke-width: 2.4;
      }
      .thing.other {
        stroke-width: 1.6;
        stroke-dasharray: 4 2;
      }
      .dots {
        fill: none;
        stroke-linecap: round;
      }
      .halo {
        fill: var(--ink);
        stroke: var(--land);
        stroke-width: 3.5;
        paint-order: stroke;
        font-size: 12.5px;
      }
      .degree {
        font-size: 12px;
        fill: var(--soft);
      }
      .spot {
        fill: var(--ink);
      }
      .here {
        fill: none;
        stroke: var(--alarm);
        stroke-width: 2.5;
      }
      .scale {
        fill: none;
        stroke: var(--ink);
        stroke-width: 2;
      }
      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: 0 1.1rem;
        border: 0;
        margin: 0.5rem 0;
        padding: 0;
      }
      legend {
        padding: 0;
        font-weight: 650;
        font-size: 0.88rem;
      }
      label {
        display: inline-flex;
        align-items: center;
        gap: 0.4em;
        min-height: 30px;
        font-size: 0.9rem;
      }
      label input {
        width: 18px;
        height: 18px;
        margin: 0;
      }
      .entry {
        display: inline-block;
        margin-right: 1.1em;
      }
      .swatch {
        width: 26px;
        height: 10px;
        overflow: visible;
      }
    `]}get high(){return Math.round(Math.min(on,Math.max(an,this.width*.62)))}get whole(){let t=this.live?.line??[],[n,r]=[t.map(([y])=>y),t.map(([,y])=>y)],[s,o,a,l]=[Math.min(...n),Math.max(...n),Math.min(...r),Math.max(...r)],h=[(s+o)/2,(a+l)/2],c=Math.cos(h[1]*Math.PI/180),u=Math.max(1,this.width-2),f=1-2*ln,b=Math.min(u*f/Math.max(1e-6,(o-s)*c),this.high*f/Math.max(1e-6,l-a));return{view:{middle:h,each:b},width:u,height:this.high,narrow:c}}get frame(){let t=this.whole;return this.view?{...t,view:this.view}:t}willUpdate(t){(t.has("live")||t.has("filter"))&&(this.things=(this.live?.things??[]).filter(n=>P(this.filter,n))),t.has("at_m")&&this.live&&this.at_m!==null&&this.width>0&&this.show(this.at_m)}show(t){let n=z(this.live?.line??[],t);if(!n)return;let{frame:r}=this,[s,o]=F(r,n);(s<J||o<J||s>r.width-J||o>r.height-J)&&(this.view={middle:n,each:r.view.each})}updated(){let t=this.renderRoot.querySelector(".glass");!t||this.release||(this.release=ut(t,{panBy:(n,r)=>this.move(n,r),zoomBy:(n,r,s)=>this.zoom(n,r,s),press:(n,r)=>this.press(n,r)}))}disconnectedCallback(){this.release?.(),this.release=void 0,super.disconnectedCallback()}move(t,n){let{frame:r}=this;this.view={middle:Y(r,r.width/2-t,r.height/2-n),each:r.view.each}}zoom(t,n=this.width/2,r=this.high/2){this.view=we(this.frame,t,n,r,this.whole.view.each*.6)}press(t,n){let r=1/0,s=null;for(let[o,a,l]of this.live?.line??[]){let[h,c]=F(this.frame,[o,a]),u=Math.hypot(h-t,c-n);u<r&&([r,s]=[u,l])}s!==null&&r<J*2&&(this.at_m=s,this.dispatchEvent(new CustomEvent("choose",{detail:{at_m:s},bubbles:!0,composed:!0})))}render(){let{live:t}=this;if(!t||t.line.length<2||this.width<80)return p;let{frame:n}=this,r=`${d("map.label")}. ${this.at_m===null?"":H(this.at_m)}`;return g`<div class="tools">
        <button type="button" @click=${()=>this.zoom(2)}>+<span class="hidden">${d("zoom.in")}</span></button>
        <button type="button" @click=${()=>this.zoom(.5)}>−<span class="hidden">${d("zoom.out")}</span></button>
        <button type="button" ?disabled=${this.view===null} @click=${()=>this.view=null}>${d("zoom.all")}</button>
      </div>
      <div class="glass" role="application" tabindex="0" aria-label=${r} @keydown=${this.onKey}>
        <svg width=${n.width} height=${n.height} aria-hidden="true">${this.drawn(t,n)}</svg>
      </div>
      <fieldset>
        <legend>${d("map.layers")}</legend>
        ${this.layers(t).map(s=>g`<label
            ><input type="checkbox" .checked=${!this.off.has(s)} @change=${()=>this.toggle(s)} />${d(`map.${s}`)}</label
          >`)}
      </fieldset>
      ${this.legend(t)}
      <p class="small">${t.disclaimer}</p>
      <p class="small">${d("map.how")}</p>`}layers(t){let n={land:t.land.length===0,countries:t.countries.length===0,known:t.statuses.length===0,said:t.claims.length===0,names:t.places.length===0,things:t.things.length===0};return cn.filter(r=>!n[r])}legend(t){return g`<p class="small">
      ${t.statuses.map(({key:n,label:r})=>g`<span class="entry"><svg class="swatch" width="26" height="10" aria-hidden="true">
            ${m`<line class="line ${n}" x1="0" x2="26" y1="5" y2="5"></line>`}
          </svg>
          ${r}</span>`)}
      <span class="entry">${d("map.other")}</span>
    </p>`}toggle(t){let n=new Set(this.off);n.delete(t)||n.add(t),this.off=n}drawn(t,n){let r=l=>F(n,l),s=l=>!this.off.has(l),o=Nt(n)>hn&&t.land.length>0,a=l=>l.map(h=>Ot(h,r)).join("");return[m`<rect class="sea ${o&&s("land")?"":"plain"}" width=${n.width} height=${n.height}></rect>`,o&&s("land")?m`<path class="land" fill-rule="evenodd" d=${t.land.map(l=>`${Ot(l,r)}z`).join("")}></path>`:p,s("grid")?this.grid(n):p,o&&s("countries")?m`<path class="country" d=${a(t.countries)}></path>`:p,s("said")?m`<path class="line said" d=${a(t.claims.flatMap(({spans:l})=>l.map(h=>Lt(t.line,h))))}></path>`:p,m`<path class="line plain" d=${a([t.line.map(([l,h])=>[l,h])])}></path>`,s("known")?this.known(t,a):p,s("things")?this.found(t,a):p,s("names")?this.names(t,r):p,this.marker(t,r),this.furniture(n)]}known(t,n){return[...t.statuses].sort((r,s)=>Se.indexOf(r.key)-Se.indexOf(s.key)).map(({key:r,spans:s})=>m`<path class="line ${r}" d=${n(s.map(o=>Lt(t.line,o)))}></path>`)}found(t,n){let r=[],s=({held:o,change:a})=>o==="confirmed"&&a!=="removed"&&a!=="unchanged";for(let{key:o,colour:a,is_line:l}of t.kinds)for(let h of[!1,!0]){let c=this.things.filter(u=>u.kind===o&&s(u)===h).flatMap(({parts:u})=>u);if(l){let u=n(c.filter(f=>f.length>1));r.push(m`<path class="thing ${h?"":"other"}" stroke=${a} d=${u}></path>`)}else{let u=c.map(f=>`${n([f.slice(0,1)])}h0`).join("");r.push(m`<path class="dots" stroke=${h?"#fff":a} stroke-width=${zt+2} d=${u}></path>
            <path class="dots" stroke=${h?a:"#fff"} stroke-width=${h?zt:zt-1} d=${u}></path>`)}}return r}grid(t){let[n,r]=Y(t,0,0),[s,o]=Y(t,t.width,t.height),a=[];for(let l of Ht(n,s,6)){let[h]=F(t,[l,o]);a.push(m`<line class="grid" x1=${h} x2=${h} y1="0" y2=${t.height}></line>
        <text class="degree" x=${h+3} y="12">${Math.abs(l)}°${l<0?"W":"E"}</text>`)}for(let l of Ht(o,r,5)){let[,h]=F(t,[n,l]);a.push(m`<line class="grid" x1="0" x2=${t.width} y1=${h} y2=${h}></line>
        ${h>t.height-48?p:m`<text class="degree" x="3" y=${h-3}>${Math.abs(l)}°${l<0?"S":"N"}</text>`}`)}return a}names(t,n){let r=[],s=document.documentElement.lang,o=[];for(let a of t.places){let l=z(t.line,a.at_m);if(!l)continue;let[h,c]=n(l);if(h<0||c<0||h>this.width||c>this.high)continue;let u=ct(a,s).join(" "),f=[...u].reduce((et,ft)=>et+(ft>"⺀"?13:7),0),b=h+8+f>this.width-4,y=b?h-8-f:h+8;r.some(([et,ft,Ne])=>Math.abs(ft-c)<17&&y<et+Ne+6&&et<y+f+6)||(r.push([y,c,f]),o.push(m`<circle class="spot" cx=${h} cy=${c} r="3"></circle>
        <text class="halo" x=${b?h-8:h+8} y=${c+4} text-anchor=${b?"end":"start"}>${u}</text>`))}return o}marker(t,n){let r=this.at_m===null?null:z(t.line,this.at_m);if(!r||this.at_m===null)return p;let[s,o]=n(r);return m`<circle class="here" cx=${s} cy=${o} r="11"></circle>
      <text class="halo" x=${s} y=${o-16} text-anchor="middle">${H(this.at_m)}</text>`}furniture(t){let{length_m:n,width_px:r}=xe(Nt(t)),[s,o]=[12,t.height-14];return m`<path class="scale" d="M${s} ${o-5}v5h${r}v-5"></path>
      <text class="halo" x=${s} y=${o-10}>${n<1e3?ot(n):d("unit.km",{km:w(n/1e3)})}</text>
      <path class="spot" d="M${t.width-20} ${t.height-34}l-6 20 6 -5 6 5z"></path>
      <text class="halo" x=${t.width-20} y=${t.height-38} text-anchor="middle"><title>${d("map.north")}</title>N</text>`}};customElements.define("vallum-linemap",Z);function Dt(i,e=0){let t=[],n=i.map((s,o)=>o).sort((s,o)=>(i[s]?.[0]??0)-(i[o]?.[0]??0)),r=new Array(i.length).fill(0);for(let s of n){let[o,a]=i[s]??[0,0],l=t.findIndex(h=>h+e<=o);l<0&&(l=t.length),t[l]=a,r[s]=l}return r}function ke(i,e,t,n,r=6){let s="",o=Math.ceil((i+e)/r)*r;for(let a=o;a<i+t+e+n;a+=r){let l=Math.max(i,a-(e+n)),h=Math.min(i+t,a-e);h>l&&(s+=`M${l.toFixed(1)} ${(a-l).toFixed(1)}L${h.toFixed(1)} ${(a-h).toFixed(1)}`)}return s}var v=16,un=17,dn=5,Q=26,pn=3,Ft=new Set(["unchanged"]);function Ut(i,e,t,n){let r=[],s=t,o=(a,l,h,c)=>{n&&(s+=un),r.push({key:a,label:l,y:s,high:h,draw:c(s)}),s+=h+dn};i.statuses.length>0&&o("known",d("strip.known"),v,a=>l=>mn(i,l,a));for(let a of i.kinds){let l=e.filter(c=>c.kind===a.key),h=a.is_line?v:Q;o(`kind:${a.key}`,a.label,h,c=>u=>a.is_line?gn(l,a,u,c):bn(l,a,u,c))}if(i.open.bins.length>0&&o("open",d("strip.open"),v,a=>l=>$n(i,l,a)),i.claims.length>0){let a=v*Math.min(3,yn(i.claims));o("said",d("strip.said"),a,l=>h=>vn(i.claims,h,l,a))}return r}function It(i,e){let t=i.at(-1);return t?t.y+t.high:e}function U(i,e,t,n,r=.7){let s="";for(let[o,a]of Wt(i,e,r))s+=`M${o.toFixed(1)} ${t}h${a.toFixed(1)}v${n}h${(-a).toFixed(1)}z`;return s}function Wt(i,e,t){let n=(e.extent[1]-e.extent[0])/Math.max(1,e.width),r=i.filter(([s,o])=>o>=e.extent[0]&&s<=e.extent[1]);return fe(r,n*.25).map(([s,o])=>{let a=Math.max(0,$(e,s)),l=Math.min(e.width,$(e,o)),h=Math.max(t,l-a);return[Math.min(a,e.width-h),h]})}function Bt(i,e,t,n){let r=i.statuses.find(({key:o})=>o==="not_comparable")?.spans??[],s=Wt(r,e,1).map(([o,a])=>ke(o,t,a,n)).join("");return m`<path class="hatch" d=${s}></path>`}function mn(i,e,t){return i.statuses.map(({key:n,spans:r})=>{let s=U(r,e,t,v);if(n==="not_comparable")return m`<path class="st edge-only" d=${s}></path>`;if(n!=="not_examined"&&n!=="indeterminate")return m`<path class="st ${n}" d=${s}></path>`;let o=n==="not_examined"?4:5,a=Wt(r,e,1).map(([l,h])=>fn(l,t,h,v,o)).join("");return m`<path class="st ${n}" d=${s}></path><path class="st-mark ${n}" d=${a}></path>`})}function fn(i,e,t,n,r){let s="";for(let o=e+r/2;o<e+n;o+=r)s+=`M${i.toFixed(1)} ${o}h${t.toFixed(1)}`;return s}function gn(i,e,t,n){let r=c=>i.filter(c).map(({span:u})=>u),s=({held:c})=>c==="confirmed",o=r(c=>c.held==="imported"||s(c)&&Ft.has(c.change)),a=r(c=>s(c)&&!Ft.has(c.change)&&c.change!=="removed"),l=r(c=>s(c)&&c.change==="removed"),h=r(({held:c})=>c==="indeterminate"||c==="disputed");return[m`<path class="old" d=${U(o,t,n+5,v-5)}></path>`,m`<path class="unsure" stroke=${e.colour} d=${U(h,t,n+2,v-4,2)}></path>`,m`<path fill=${e.colour} d=${U(a,t,n,v,1)}></path>`,m`<path class="gone" stroke=${e.colour} d=${U(l,t,n+1,v-2,2)}></path>`]}function bn(i,e,t,n){let r=Math.max(1,Math.floor(t.width/(pn+1))),s=new Map;for(let{span:h,change:c,held:u}of i){let f=Math.floor($(t,(h[0]+h[1])/2)/t.width*r);if(f<0||f>=r)continue;let b=s.get(f)??{built:0,old:0,other:0};s.set(f,b),u==="imported"||u==="confirmed"&&Ft.has(c)?b.old+=1:u==="confirmed"&&c!=="removed"?b.built+=1:b.other+=1}let o=Math.max(1,...[...s.values()].map(({built:h,old:c,other:u})=>h+c+u)),a={built:"",old:"",other:""},l=t.width/r-1;for(let[h,c]of s){let u=n+Q;for(let f of["built","old","other"]){if(c[f]===0)continue;let b=Math.max(3,c[f]/o*(Q-2));a[f]+=`M${(h/r*t.width).toFixed(1)} ${u.toFixed(1)}v${(-b).toFixed(1)}h${l.toFixed(1)}v${b.toFixed(1)}z`,u=Math.max(n+3,u-b)}}return[m`<line class="base" x1="0" x2=${t.width} y1=${n+Q} y2=${n+Q}></line>`,m`<path fill=${e.colour} d=${a.built}></path>`,m`<path class="old" d=${a.old}></path>`,m`<path class="gone" stroke=${e.colour} d=${a.other}></path>`]}function $n({open:{bin_m:i,bins:e},extent:t},n,r){let s=Math.max(1,...e.map(([,a])=>a)),o="";for(let[a,l]of e){let h=Math.max(0,$(n,t[0]+a*i)),c=Math.min(n.width,$(n,t[0]+(a+1)*i));if(c<=h)continue;let u=Math.max(3,l/s*(v-1));o+=`M${h.toFixed(1)} ${r+v}v${(-u).toFixed(1)}h${Math.max(1,c-h).toFixed(1)}v${u.toFixed(1)}z`}return m`<path class="open" d=${o}></path>`}function yn(i){return Math.max(...Dt(i.map(({spans:e})=>Ee(e))))+1}function Ee(i){return[Math.min(...i.map(([e])=>e)),Math.max(...i.map(([,e])=>e))]}function vn(i,e,t,n){let r=Dt(i.map(({spans:o})=>Ee(o))),s=n/(Math.max(...r)+1);return i.map(({status:o,spans:a},l)=>{let h=U(a,e,t+(r[l]??0)*s+1,Math.max(2,s-3),4);return m`<path class="told ${o}" d=${h}></path>`})}function Ae(i,e){let t=(l,h)=>l.find(c=>c.key===h)?.label??h,[n,r]=e.span,s=r-n>=1e3?1:3,o=w(n/1e3,s),a=r-n<=1?o:`${o}–${w(r/1e3,s)}`;return{what:`${t(i.kinds,e.kind)}: ${t(i.changes,e.change)}`,held:t(i.helds,e.held),where:d("unit.km_at",{km:a}),when:xn(e)}}function xn({first:i,last:e}){return e===""?d("strip.undated"):i===""?d("strip.by",{last:e}):d("strip.built",{first:i,last:e})}function Me(i,e,t,n=.5,r=200){let[s,o]=i,a=s+n*(o-s),l=Math.min(e[1]-e[0],Math.max(Math.min(r,e[1]-e[0]),(o-s)/t));return Te([a-n*l,a+(1-n)*l],e)}function jt(i,e,t){return Te([i[0]+t,i[1]+t],e)}function Pe(i,e,t){let n=(i[1]-i[0])*.04;return t>=i[0]+n&&t<=i[1]-n?i:jt(i,e,t-(i[0]+i[1])/2)}function Te([i,e],t){let n=Math.min(e-i,t[1]-t[0]),r=Math.min(t[1]-n,Math.max(t[0],i));return[r,r+n]}var wn=20,_n=10,pt=22,Le=190,Sn=720,mt=6,kn=.006,En="12.5px system-ui, sans-serif",Re="600 12.5px system-ui, sans-serif",tt=class extends D{constructor(){super();this.things=[];this.onKey=t=>{if(!this.live||t.ctrlKey||t.metaKey||t.altKey)return;let r={"+":()=>this.zoom(2),"=":()=>this.zoom(2),"-":()=>this.zoom(.5),0:()=>this.shown=this.live?.extent??this.shown,n:()=>this.step(1),p:()=>this.step(-1)}[t.key],s=ve(t.key,this.at_m??this.shown[0],this.live.extent,Math.max(1,this.perPixel*4));!r&&s===null||(t.preventDefault(),r?r():s!==null&&this.choose(s))};this.live=null,this.filter=S,this.at_m=null,this.shown=[0,1],this.over_m=null}static{this.properties={live:{attribute:!1},filter:{attribute:!1},at_m:{attribute:!1},shown:{state:!0},over_m:{state:!0}}}static{this.styles=[M,x`
      .glass {
        touch-action: pan-y;
        cursor: crosshair;
      }
      .lane {
        pointer-events: none;
        fill: var(--ink);
        stroke: var(--paper);
        stroke-width: 4;
        stroke-linejoin: round;
        paint-order: stroke;
        font-size: 12.5px;
        font-weight: 600;
      }
      .over {
        fill: var(--ink);
      }
      .over-words {
        fill: var(--paper);
        font-size: 12.5px;
        font-weight: 650;
      }
      .readout {
        border-left: 4px solid var(--ink);
        padding: 0.1rem 0 0.1rem 0.8rem;
        margin: 0.8rem 0;
      }
      .readout:empty {
        display: none;
      }
      .readout p {
        margin: 0 0 0.3rem;
      }
      .readout ul {
        margin: 0.3rem 0;
        padding: 0;
        list-style: none;
      }
      .readout li {
        padding: 0.25rem 0;
        border-top: 1px solid var(--line);
        overflow-wrap: anywhere;
      }
    `]}willUpdate(t){t.has("live")&&this.live&&(this.shown=this.live.extent),(t.has("live")||t.has("filter"))&&(this.things=(this.live?.things??[]).filter(n=>P(this.filter,n))),t.has("at_m")&&this.live&&this.at_m!==null&&(this.shown=Pe(this.shown,this.live.extent,this.at_m))}updated(){let t=this.renderRoot.querySelector(".glass");!t||this.release||(this.release=ut(t,{panBy:n=>this.move(-n*this.perPixel),zoomBy:(n,r)=>this.zoom(n,(r-this.gutter)/this.scale.width),press:n=>this.choose(Rt(this.scale,n-this.gutter)),over:n=>this.over_m=n&&n[0]>=this.gutter?Rt(this.scale,n[0]-this.gutter):null}))}disconnectedCallback(){this.release?.(),this.release=void 0,super.disconnectedCallback()}get gutter(){return this.width>=Sn?Le:0}get scale(){return{extent:this.shown,width:Math.max(1,this.width-this.gutter-2)}}get perPixel(){return(this.shown[1]-this.shown[0])/this.scale.width}get isWhole(){return this.live!==null&&this.shown[1]-this.shown[0]>=this.live.extent[1]-this.live.extent[0]}render(){let{live:t}=this;if(t===null||this.width<80)return p;let n=this.at_m??t.extent[0];return g`<div class="tools">
        <button type="button" @click=${()=>this.zoom(2)}>+<span class="hidden">${d("zoom.in")}</span></button>
        <button type="button" ?disabled=${this.isWhole} @click=${()=>this.zoom(.5)}>−<span class="hidden">${d("zoom.out")}</span></button>
        <button type="button" ?disabled=${this.isWhole} @click=${()=>this.shown=t.extent}>${d("zoom.all")}</button>
        ${t.things.length===0?p:g`<button type="button" @click=${()=>this.step(-1)}>‹ ${d("go.previous")}</button>
                <button type="button" @click=${()=>this.step(1)}>${d("go.next")} ›</button>`}
      </div>
      <div class="glass" role="slider" tabindex="0" aria-label=${d("strip.label")} aria-valuemin=${t.extent[0]}
        aria-valuemax=${t.extent[1]} aria-valuenow=${Math.round(n)} aria-valuetext=${this.spell(n)} @keydown=${this.onKey}>
        ${this.chart(t)}
      </div>
      ${this.readout(t)} ${this.isWhole?t.insets.map(r=>this.inset(t,r)):p}
      <p class="small">${t.kinds.length>1?d("strip.overlap"):p} ${d("strip.unseen_key")}</p>
      <p class="small">${d("strip.how")}</p>`}chart(t){let{scale:n,gutter:r}=this,s=_n+wn+6,o=Ut(t,this.things,s,r===0),a=It(o,s)+3;return g`<svg width=${this.width} height=${a+pt} aria-hidden="true">
      <svg x=${r} y="0" width=${n.width} height=${a+pt}>
        ${this.overview(t,n)} ${Bt(t,n,s-3,a-s+3)}
        ${o.map(l=>l.draw(n))} ${this.names(t,n,s-7)} ${Ct(n,a)}
        <rect class="frame" x="0.5" y=${s-3} width=${n.width-1} height=${a-s+3}></rect>
        ${this.cursor(n,s-3,a)}
      </svg>
      ${o.map(l=>this.label(l))}
    </svg>`}label({label:t,y:n,high:r}){if(this.gutter===0)return m`<text class="lane" x="4" y=${n-4}>${t}</text>`;let s=n+r/2+4.5;return m`<text class="lane" x="0" y=${s}><title>${t}</title>${this.fitting(t)}</text>`}fitting(t){let n=Le-10;if(this.measure(t,Re)<=n)return t;let r=t.length-1;for(;r>1&&this.measure(`${t.slice(0,r)}…`,Re)>n;)r-=1;return`${t.slice(0,r).trimEnd()}…`}overview(t,n){let r={extent:t.extent,width:n.width},s=this.isWhole?t.insets.map(({span:o})=>o):[this.shown];return s.length===0?p:m`<line class="base" x1="0" x2=${n.width} y1="5" y2="5"></line>
      ${s.map(([o,a])=>{let l=Math.max(3,$(r,a)-$(r,o));return m`<rect class="window" x=${Math.min($(r,o),n.width-l)} y="1" width=${l} height="8"></rect>`})}`}names(t,n,r){return ye(t.places,n,document.documentElement.lang,s=>this.measure(s)).map(s=>m`<line class="tick" x1=${s.tick} x2=${s.tick} y1=${r+2} y2=${r+6}></line>
        <text class="name" x=${s.x} y=${r-2}>${s.text}</text>`)}cursor(t,n,r){let s=[];if(this.at_m!==null&&this.at_m>=this.shown[0]&&this.at_m<=this.shown[1]){let o=$(t,this.at_m);s.push(m`<line class="chosen" x1=${o} x2=${o} y1=${n-6} y2=${r}></line>
        <path class="chosen-mark" d="M${o-6} ${n-8}h12l-6 8z"></path>`)}if(this.over_m!==null){let o=$(t,this.over_m),a=`${H(this.over_m)}  ${this.statusAt(this.over_m)}`,l=this.measure(a)+12,h=Math.max(0,Math.min(t.width-l,o-l/2));s.push(m`<line class="hover" x1=${o} x2=${o} y1=${n} y2=${r}></line>
        <rect class="over" x=${h} y=${r+1} width=${l} height="20" rx="3"></rect>
        <text class="over-words" x=${h+6} y=${r+15}>${a}</text>`)}return s}inset(t,{span:n,title:r}){let s={extent:n,width:this.scale.width},o=Ut({...t,open:{bin_m:1,bins:[]},claims:[]},this.things,6,this.gutter===0),a=It(o,6)+3;return g`<figure class="inset">
      <figcaption>${r}</figcaption>
      <svg width=${this.width} height=${a+pt} aria-hidden="true" @click=${()=>this.shown=n}>
        <svg x=${this.gutter} y="0" width=${s.width} height=${a+pt}>
          ${Bt(t,s,3,a-3)} ${o.map(l=>l.draw(s))} ${Ct(s,a)}
          <rect class="frame" x="0.5" y="3" width=${s.width-1} height=${a-3}></rect>
        </svg>
        ${o.map(l=>this.label(l))}
      </svg>
    </figure>`}readout(t){let{at_m:n}=this;if(n===null)return g`<div class="readout" aria-live="polite"></div>`;let r=Math.max(50,(this.shown[1]-this.shown[0])*kn),s=ge(this.things,n,r);return g`<div class="readout" aria-live="polite">
      <p><strong>${this.spell(n)}</strong></p>
      ${s.length===0?g`<p>${d("strip.nothing",{m:ot(r)})}</p>`:p}
      <ul>
        ${s.slice(0,mt).map(o=>this.entry(t,o))}
      </ul>
      ${s.length>mt?g`<p>${d("strip.more",{n:s.length-mt})}</p>`:p}
      ${t.claims.filter(({spans:o})=>ht(o,n)).slice(0,mt).map(o=>g`<p>${o.mark} <a href="#${o.anchor}">“${o.says}”</a> ${o.when}</p>`)}
    </div>`}entry(t,n){let{what:r,held:s,where:o,when:a}=Ae(t,n);return g`<li>
      <strong>${r}</strong>, ${s}. ${o}; ${a}. <code>vallum trace ${n.id}</code>
      ${n.chip>=0?g`<button type="button" @click=${()=>this.tell("case",{chip:n.chip})}>${d("strip.case")}</button>`:p}
    </li>`}statusAt(t){return this.live?.statuses.find(({spans:n})=>ht(n,t))?.label??""}spell(t){let{live:n}=this;if(!n)return"";let r=[...n.places].sort((o,a)=>Math.abs(o.at_m-t)-Math.abs(a.at_m-t))[0],s=n.pairs.find(({spans:o})=>ht(o,t));return[H(t),...r?[d("strip.near",{place:[r.name,...r.names].join(" ")})]:[],this.statusAt(t),s?d("strip.compared",{before:s.before,after:s.after}):d("strip.not_compared")].filter(o=>o!=="").join(", ")}measure(t,n=En){return this.pen===void 0&&(this.pen=document.createElement("canvas").getContext("2d")),this.pen?(this.pen.font=n,Math.ceil(this.pen.measureText(t).width)+2):t.length*12}zoom(t,n){if(!this.live)return;let r=this.at_m===null?.5:$({extent:this.shown,width:1},this.at_m),s=n??(r>=0&&r<=1?r:.5);this.shown=Me(this.shown,this.live.extent,t,Math.min(1,Math.max(0,s)))}move(t){this.live&&(this.shown=jt(this.shown,this.live.extent,t))}step(t){let n=this.at_m??(t>0?-1/0:1/0),r=this.things.map(({span:o})=>o[0]).sort((o,a)=>o-a),s=t>0?r.find(o=>o>n):r.findLast(o=>o<n);s!==void 0&&this.choose(s)}choose(t){this.at_m=t,this.tell("choose",{at_m:t})}tell(t,n){this.dispatchEvent(new CustomEvent(t,{detail:n,bubbles:!0,composed:!0}))}};customElements.define("vallum-strip",tt);function An(i){Object.assign(I.en,i)}function Vt(i,e){let t=document.querySelector(`[data-live="${i}"]`);return t?(t.append(e),e):null}function Mn(i){let e=[...document.querySelectorAll("[data-case]")],t=0;for(let r of e){let{kind:s="",change:o="",held:a="",first:l="",last:h=""}=r.dataset;r.hidden=!P(i,{kind:s,change:o,held:a,first:l,last:h}),r.hidden||(t+=1)}let n=document.querySelector("[data-cases]");n&&(n.textContent=t===0?d("filter.none"):t===e.length?"":d("filter.cases",{n:t,all:e.length}))}function Pn(i,{strip:e,map:t,filter:n}){document.addEventListener("choose",r=>{let{at_m:s}=r.detail;for(let o of[e,t])o&&(o.at_m=s)}),document.addEventListener("case",r=>{let{chip:s}=r.detail,o=document.querySelector(`[data-case="${s}"]`);Kt(o),o?.scrollIntoView({block:"start"}),o?.focus({preventScroll:!0})}),document.addEventListener("filter",r=>{let s=r.detail.filter;for(let o of[e,t,n])o&&(o.filter=s);Mn(s)});for(let r of document.querySelectorAll("[data-go]"))r.hidden=!1,r.addEventListener("click",()=>{let s=Number(r.dataset.go);for(let o of[e,t])o&&(o.at_m=s);document.querySelector("#chart")?.scrollIntoView({block:"start"})});for(let r of[e,t,n])r&&(r.live=i);for(let r of[e,t,n])r&&(r.filter=S)}function Kt(i){for(let e=i?.closest("details");e;e=e.parentElement?.closest("details"))e.open=!0}function Ce(i){return i.length>1?document.getElementById(decodeURIComponent(i.slice(1))):null}function Oe(){document.addEventListener("click",e=>{let n=e.composedPath().find(r=>r instanceof HTMLAnchorElement)?.getAttribute("href")??"";n.startsWith("#")&&Kt(Ce(n))});let i=()=>{let e=Ce(location.hash);Kt(e),e?.scrollIntoView({block:"start"})};addEventListener("hashchange",i),i()}function Tn(){let i=[];addEventListener("beforeprint",()=>{i=[...document.querySelectorAll("details:not([open])")];for(let e of i)e.open=!0}),addEventListener("afterprint",()=>{for(let e of i)e.open=!1})}function Ln(){let i=pe(document.querySelector("#live-data")?.content.textContent??"");if(Tn(),!i)return Oe();An(i.words),Pn(i,{filter:Vt("filter",new G),strip:Vt("strip",new tt),map:Vt("map",new Z)});for(let e of document.querySelectorAll("details.still"))e.open=!1;document.documentElement.classList.add("is-live"),Oe()}Ln();})();

"use strict";(()=>{var X={en:{},ko:{},"zh-Hans":{}};var lt=globalThis,ht=lt.ShadowRoot&&(lt.ShadyCSS===void 0||lt.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,Pt=Symbol(),le=new WeakMap,j=class{constructor(n,t,e){if(this._$cssResult$=!0,e!==Pt)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=n,this.t=t}get styleSheet(){let n=this.o,t=this.t;if(ht&&n===void 0){let e=t!==void 0&&t.length===1;e&&(n=le.get(t)),n===void 0&&((this.o=n=new CSSStyleSheet).replaceSync(this.cssText),e&&le.set(t,n))}return n}toString(){return this.cssText}},he=i=>new j(typeof i=="string"?i:i+"",void 0,Pt),$=(i,...n)=>{let t=i.length===1?i[0]:n.reduce((e,r,s)=>e+(o=>{if(o._$cssResult$===!0)return o.cssText;if(typeof o=="number")return o;throw Error("Value passed to 'css' function must be a 'css' function result: "+o+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(r)+i[s+1],i[0]);return new j(t,i,Pt)},ce=(i,n)=>{if(ht)i.adoptedStyleSheets=n.map(t=>t instanceof CSSStyleSheet?t:t.styleSheet);else for(let t of n){let e=document.createElement("style"),r=lt.litNonce;r!==void 0&&e.setAttribute("nonce",r),e.textContent=t.cssText,i.appendChild(e)}},Tt=ht?i=>i:i=>i instanceof CSSStyleSheet?(n=>{let t="";for(let e of n.cssRules)t+=e.cssText;return he(t)})(i):i;var{is:_n,defineProperty:Mn,getOwnPropertyDescriptor:En,getOwnPropertyNames:An,getOwnPropertySymbols:Pn,getPrototypeOf:Tn}=Object,ct=globalThis,de=ct.trustedTypes,Ln=de?de.emptyScript:"",Rn=ct.reactiveElementPolyfillSupport,q=(i,n)=>i,Lt={toAttribute(i,n){switch(n){case Boolean:i=i?Ln:null;break;case Object:case Array:i=i==null?i:JSON.stringify(i)}return i},fromAttribute(i,n){let t=i;switch(n){case Boolean:t=i!==null;break;case Number:t=i===null?null:Number(i);break;case Object:case Array:try{t=JSON.parse(i)}catch{t=null}}return t}},me=(i,n)=>!_n(i,n),ue={attribute:!0,type:String,converter:Lt,reflect:!1,useDefault:!1,hasChanged:me};Symbol.metadata??=Symbol("metadata"),ct.litPropertyMetadata??=new WeakMap;var M=class extends HTMLElement{static addInitializer(n){this._$Ei(),(this.l??=[]).push(n)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(n,t=ue){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(n)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(n,t),!t.noAccessor){let e=Symbol(),r=this.getPropertyDescriptor(n,e,t);r!==void 0&&Mn(this.prototype,n,r)}}static getPropertyDescriptor(n,t,e){let{get:r,set:s}=En(this.prototype,n)??{get(){return this[t]},set(o){this[t]=o}};return{get:r,set(o){let a=r?.call(this);s?.call(this,o),this.requestUpdate(n,a,e)},configurable:!0,enumerable:!0}}static getPropertyOptions(n){return this.elementProperties.get(n)??ue}static _$Ei(){if(this.hasOwnProperty(q("elementProperties")))return;let n=Tn(this);n.finalize(),n.l!==void 0&&(this.l=[...n.l]),this.elementProperties=new Map(n.elementProperties)}static finalize(){if(this.hasOwnProperty(q("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(q("properties"))){let t=this.properties,e=[...An(t),...Pn(t)];for(let r of e)this.createProperty(r,t[r])}let n=this[Symbol.metadata];if(n!==null){let t=litPropertyMetadata.get(n);if(t!==void 0)for(let[e,r]of t)this.elementProperties.set(e,r)}this._$Eh=new Map;for(let[t,e]of this.elementProperties){let r=this._$Eu(t,e);r!==void 0&&this._$Eh.set(r,t)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(n){let t=[];if(Array.isArray(n)){let e=new Set(n.flat(1/0).reverse());for(let r of e)t.unshift(Tt(r))}else n!==void 0&&t.push(Tt(n));return t}static _$Eu(n,t){let e=t.attribute;return e===!1?void 0:typeof e=="string"?e:typeof n=="string"?n.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(n=>this.enableUpdating=n),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(n=>n(this))}addController(n){(this._$EO??=new Set).add(n),this.renderRoot!==void 0&&this.isConnected&&n.hostConnected?.()}removeController(n){this._$EO?.delete(n)}_$E_(){let n=new Map,t=this.constructor.elementProperties;for(let e of t.keys())this.hasOwnProperty(e)&&(n.set(e,this[e]),delete this[e]);n.size>0&&(this._$Ep=n)}createRenderRoot(){let n=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return ce(n,this.constructor.elementStyles),n}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(n=>n.hostConnected?.())}enableUpdating(n){}disconnectedCallback(){this._$EO?.forEach(n=>n.hostDisconnected?.())}attributeChangedCallback(n,t,e){this._$AK(n,e)}_$ET(n,t){let e=this.constructor.elementProperties.get(n),r=this.constructor._$Eu(n,e);if(r!==void 0&&e.reflect===!0){let s=(e.converter?.toAttribute!==void 0?e.converter:Lt).toAttribute(t,e.type);this._$Em=n,s==null?this.removeAttribute(r):this.setAttribute(r,s),this._$Em=null}}_$AK(n,t){let e=this.constructor,r=e._$Eh.get(n);if(r!==void 0&&this._$Em!==r){let s=e.getPropertyOptions(r),o=typeof s.converter=="function"?{fromAttribute:s.converter}:s.converter?.fromAttribute!==void 0?s.converter:Lt;this._$Em=r;let a=o.fromAttribute(t,s.type);this[r]=a??this._$Ej?.get(r)??a,this._$Em=null}}requestUpdate(n,t,e,r=!1,s){if(n!==void 0){let o=this.constructor;if(r===!1&&(s=this[n]),e??=o.getPropertyOptions(n),!((e.hasChanged??me)(s,t)||e.useDefault&&e.reflect&&s===this._$Ej?.get(n)&&!this.hasAttribute(o._$Eu(n,e))))return;this.C(n,t,e)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(n,t,{useDefault:e,reflect:r,wrapped:s},o){e&&!(this._$Ej??=new Map).has(n)&&(this._$Ej.set(n,o??t??this[n]),s!==!0||o!==void 0)||(this._$AL.has(n)||(this.hasUpdated||e||(t=void 0),this._$AL.set(n,t)),r===!0&&this._$Em!==n&&(this._$Eq??=new Set).add(n))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(t){Promise.reject(t)}let n=this.scheduleUpdate();return n!=null&&await n,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[r,s]of this._$Ep)this[r]=s;this._$Ep=void 0}let e=this.constructor.elementProperties;if(e.size>0)for(let[r,s]of e){let{wrapped:o}=s,a=this[r];o!==!0||this._$AL.has(r)||a===void 0||this.C(r,void 0,s,a)}}let n=!1,t=this._$AL;try{n=this.shouldUpdate(t),n?(this.willUpdate(t),this._$EO?.forEach(e=>e.hostUpdate?.()),this.update(t)):this._$EM()}catch(e){throw n=!1,this._$EM(),e}n&&this._$AE(t)}willUpdate(n){}_$AE(n){this._$EO?.forEach(t=>t.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(n)),this.updated(n)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(n){return!0}update(n){this._$Eq&&=this._$Eq.forEach(t=>this._$ET(t,this[t])),this._$EM()}updated(n){}firstUpdated(n){}};M.elementStyles=[],M.shadowRootOptions={mode:"open"},M[q("elementProperties")]=new Map,M[q("finalized")]=new Map,Rn?.({ReactiveElement:M}),(ct.reactiveElementVersions??=[]).push("2.1.2");var Ft=globalThis,pe=i=>i,dt=Ft.trustedTypes,fe=dt?dt.createPolicy("lit-html",{createHTML:i=>i}):void 0,we="$lit$",A=`lit$${Math.random().toFixed(9).slice(2)}$`,$e="?"+A,Cn=`<${$e}>`,H=document,G=()=>H.createComment(""),Y=i=>i===null||typeof i!="object"&&typeof i!="function",Bt=Array.isArray,On=i=>Bt(i)||typeof i?.[Symbol.iterator]=="function",Rt=`[ 	
\f\r]`,K=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,ge=/-->/g,be=/>/g,D=RegExp(`>|${Rt}(?:([^\\s"'>=/]+)(${Rt}*=${Rt}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),ve=/'/g,ye=/"/g,ke=/^(?:script|style|textarea|title)$/i,zt=i=>(n,...t)=>({_$litType$:i,strings:n,values:t}),g=zt(1),b=zt(2),Fr=zt(3),F=Symbol.for("lit-noChange"),f=Symbol.for("lit-nothing"),xe=new WeakMap,N=H.createTreeWalker(H,129);function Se(i,n){if(!Bt(i)||!i.hasOwnProperty("raw"))throw Error("invalid template strings array");return fe!==void 0?fe.createHTML(n):n}var Dn=(i,n)=>{let t=i.length-1,e=[],r,s=n===2?"<svg>":n===3?"<math>":"",o=K;for(let a=0;a<t;a++){let l=i[a],h,c,d=-1,m=0;for(;m<l.length&&(o.lastIndex=m,c=o.exec(l),c!==null);)m=o.lastIndex,o===K?c[1]==="!--"?o=ge:c[1]!==void 0?o=be:c[2]!==void 0?(ke.test(c[2])&&(r=RegExp("</"+c[2],"g")),o=D):c[3]!==void 0&&(o=D):o===D?c[0]===">"?(o=r??K,d=-1):c[1]===void 0?d=-2:(d=o.lastIndex-c[2].length,h=c[1],o=c[3]===void 0?D:c[3]==='"'?ye:ve):o===ye||o===ve?o=D:o===ge||o===be?o=K:(o=D,r=void 0);let p=o===D&&i[a+1].startsWith("/>")?" ":"";s+=o===K?l+Cn:d>=0?(e.push(h),l.slice(0,d)+we+l.slice(d)+A+p):l+A+(d===-2?a:p)}return[Se(i,s+(i[t]||"<?>")+(n===2?"</svg>":n===3?"</math>":"")),e]},J=class i{constructor({strings:n,_$litType$:t},e){let r;this.parts=[];let s=0,o=0,a=n.length-1,l=this.parts,[h,c]=Dn(n,t);if(this.el=i.createElement(h,e),N.currentNode=this.el.content,t===2||t===3){let d=this.el.content.firstChild;d.replaceWith(...d.childNodes)}for(;(r=N.nextNode())!==null&&l.length<a;){if(r.nodeType===1){if(r.hasAttributes())for(let d of r.getAttributeNames())if(d.endsWith(we)){let m=c[o++],p=r.getAttribute(d).split(A),v=/([.?@])?(.*)/.exec(m);l.push({type:1,index:s,name:v[2],strings:p,ctor:v[1]==="."?Ot:v[1]==="?"?Dt:v[1]==="@"?Nt:I}),r.removeAttribute(d)}else d.startsWith(A)&&(l.push({type:6,index:s}),r.removeAttribute(d));if(ke.test(r.tagName)){let d=r.textContent.split(A),m=d.length-1;if(m>0){r.textContent=dt?dt.emptyScript:"";for(let p=0;p<m;p++)r.append(d[p],G()),N.nextNode(),l.push({type:2,index:++s});r.append(d[m],G())}}}else if(r.nodeType===8)if(r.data===$e)l.push({type:2,index:s});else{let d=-1;for(;(d=r.data.indexOf(A,d+1))!==-1;)l.push({type:7,index:s}),d+=A.length-1}s++}}static createElement(n,t){let e=H.createElement("template");return e.innerHTML=n,e}};function z(i,n,t=i,e){if(n===F)return n;let r=e!==void 0?t._$Co?.[e]:t._$Cl,s=Y(n)?void 0:n._$litDirective$;return r?.constructor!==s&&(r?._$AO?.(!1),s===void 0?r=void 0:(r=new s(i),r._$AT(i,t,e)),e!==void 0?(t._$Co??=[])[e]=r:t._$Cl=r),r!==void 0&&(n=z(i,r._$AS(i,n.values),r,e)),n}var Ct=class{constructor(n,t){this._$AV=[],this._$AN=void 0,this._$AD=n,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(n){let{el:{content:t},parts:e}=this._$AD,r=(n?.creationScope??H).importNode(t,!0);N.currentNode=r;let s=N.nextNode(),o=0,a=0,l=e[0];for(;l!==void 0;){if(o===l.index){let h;l.type===2?h=new Z(s,s.nextSibling,this,n):l.type===1?h=new l.ctor(s,l.name,l.strings,this,n):l.type===6&&(h=new Ht(s,this,n)),this._$AV.push(h),l=e[++a]}o!==l?.index&&(s=N.nextNode(),o++)}return N.currentNode=H,r}p(n){let t=0;for(let e of this._$AV)e!==void 0&&(e.strings!==void 0?(e._$AI(n,e,t),t+=e.strings.length-2):e._$AI(n[t])),t++}},Z=class i{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(n,t,e,r){this.type=2,this._$AH=f,this._$AN=void 0,this._$AA=n,this._$AB=t,this._$AM=e,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let n=this._$AA.parentNode,t=this._$AM;return t!==void 0&&n?.nodeType===11&&(n=t.parentNode),n}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(n,t=this){n=z(this,n,t),Y(n)?n===f||n==null||n===""?(this._$AH!==f&&this._$AR(),this._$AH=f):n!==this._$AH&&n!==F&&this._(n):n._$litType$!==void 0?this.$(n):n.nodeType!==void 0?this.T(n):On(n)?this.k(n):this._(n)}O(n){return this._$AA.parentNode.insertBefore(n,this._$AB)}T(n){this._$AH!==n&&(this._$AR(),this._$AH=this.O(n))}_(n){this._$AH!==f&&Y(this._$AH)?this._$AA.nextSibling.data=n:this.T(H.createTextNode(n)),this._$AH=n}$(n){let{values:t,_$litType$:e}=n,r=typeof e=="number"?this._$AC(n):(e.el===void 0&&(e.el=J.createElement(Se(e.h,e.h[0]),this.options)),e);if(this._$AH?._$AD===r)this._$AH.p(t);else{let s=new Ct(r,this),o=s.u(this.options);s.p(t),this.T(o),this._$AH=s}}_$AC(n){let t=xe.get(n.strings);return t===void 0&&xe.set(n.strings,t=new J(n)),t}k(n){Bt(this._$AH)||(this._$AH=[],this._$AR());let t=this._$AH,e,r=0;for(let s of n)r===t.length?t.push(e=new i(this.O(G()),this.O(G()),this,this.options)):e=t[r],e._$AI(s),r++;r<t.length&&(this._$AR(e&&e._$AB.nextSibling,r),t.length=r)}_$AR(n=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);n!==this._$AB;){let e=pe(n).nextSibling;pe(n).remove(),n=e}}setConnected(n){this._$AM===void 0&&(this._$Cv=n,this._$AP?.(n))}},I=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(n,t,e,r,s){this.type=1,this._$AH=f,this._$AN=void 0,this.element=n,this.name=t,this._$AM=r,this.options=s,e.length>2||e[0]!==""||e[1]!==""?(this._$AH=Array(e.length-1).fill(new String),this.strings=e):this._$AH=f}_$AI(n,t=this,e,r){let s=this.strings,o=!1;if(s===void 0)n=z(this,n,t,0),o=!Y(n)||n!==this._$AH&&n!==F,o&&(this._$AH=n);else{let a=n,l,h;for(n=s[0],l=0;l<s.length-1;l++)h=z(this,a[e+l],t,l),h===F&&(h=this._$AH[l]),o||=!Y(h)||h!==this._$AH[l],h===f?n=f:n!==f&&(n+=(h??"")+s[l+1]),this._$AH[l]=h}o&&!r&&this.j(n)}j(n){n===f?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,n??"")}},Ot=class extends I{constructor(){super(...arguments),this.type=3}j(n){this.element[this.name]=n===f?void 0:n}},Dt=class extends I{constructor(){super(...arguments),this.type=4}j(n){this.element.toggleAttribute(this.name,!!n&&n!==f)}},Nt=class extends I{constructor(n,t,e,r,s){super(n,t,e,r,s),this.type=5}_$AI(n,t=this){if((n=z(this,n,t,0)??f)===F)return;let e=this._$AH,r=n===f&&e!==f||n.capture!==e.capture||n.once!==e.once||n.passive!==e.passive,s=n!==f&&(e===f||r);r&&this.element.removeEventListener(this.name,this,e),s&&this.element.addEventListener(this.name,this,n),this._$AH=n}handleEvent(n){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,n):this._$AH.handleEvent(n)}},Ht=class{constructor(n,t,e){this.element=n,this.type=6,this._$AN=void 0,this._$AM=t,this.options=e}get _$AU(){return this._$AM._$AU}_$AI(n){z(this,n)}};var Nn=Ft.litHtmlPolyfillSupport;Nn?.(J,Z),(Ft.litHtmlVersions??=[]).push("3.3.3");var _e=(i,n,t)=>{let e=t?.renderBefore??n,r=e._$litPart$;if(r===void 0){let s=t?.renderBefore??null;e._$litPart$=r=new Z(n.insertBefore(G(),s),s,void 0,t??{})}return r._$AI(i),r};var It=globalThis,P=class extends M{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let n=super.createRenderRoot();return this.renderOptions.renderBefore??=n.firstChild,n}update(n){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(n),this._$Do=_e(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return F}};P._$litElement$=!0,P.finalized=!0,It.litElementHydrateSupport?.({LitElement:P});var Hn=It.litElementPolyfillSupport;Hn?.({LitElement:P});(It.litElementVersions??=[]).push("4.2.2");var Jr="Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");var Me=new Set,Ut="en";function Fn(i){return Me.add(i),()=>Me.delete(i)}function u(i,n={}){let t=X[Ut];return((n.n===1?t[`${i}#one`]:void 0)??t[i]??X.en[i]??i).replace(/\{(\w+)\}/g,(s,o)=>{let a=n[o];return a===void 0?s:typeof a=="number"?k(a):a})}var Ee=new Map;function k(i,n){let t=`${Ut} ${n}`,e=Ee.get(t);return e||(e=new Intl.NumberFormat(Ut,{minimumFractionDigits:n??0,maximumFractionDigits:n??3}),Ee.set(t,e)),e.format(i)}function U(i,n=1){return u("unit.km_at",{km:k(i/1e3,n)})}function ut(i){return Math.abs(i)<1e3?u("unit.m",{m:k(Math.round(i))}):u("unit.km",{km:k(i/1e3,1)})}var T=class extends P{connectedCallback(){super.connectedCallback(),this.stopWords=Fn(()=>this.requestUpdate())}disconnectedCallback(){this.stopWords?.(),super.disconnectedCallback()}};function Bn(i){return Number.isFinite(i)?Math.min(Math.max(i,.2),3):1.5}var mt=class{constructor(n){this.swap=n}get isOn(){return this.timer!==void 0}start(n){return this.stop(),matchMedia("(prefers-reduced-motion: reduce)").matches?!1:(this.timer=setInterval(this.swap,1e3/Bn(n)),!0)}stop(){clearInterval(this.timer),this.timer=void 0}};var L=$`
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
  .floor {
    fill: var(--soft);
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
`;var In=["swipe","beside","blink"],Wt=class extends T{constructor(){super();this.blinker=new mt(()=>this.isAfter=!this.isAfter);this.onSlide=t=>{this.share=100-Number(t.target.value)};this.onPointer=t=>{if(this.way!=="swipe"||t.type==="pointermove"&&t.buttons!==1)return;let e=t.currentTarget;t.type==="pointerdown"&&e.setPointerCapture(t.pointerId),t.preventDefault();let{left:r,width:s}=e.getBoundingClientRect();this.share=Math.round(100*(1-Math.min(1,Math.max(0,(t.clientX-r)/s))))};this.way="swipe",this.share=50,this.isAfter=!0,this.isStill=!1,this.words=""}static{this.properties={way:{state:!0},share:{state:!0},isAfter:{state:!0},isStill:{state:!0},words:{}}}static{this.styles=[L,$`
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
    `]}disconnectedCallback(){this.blinker.stop(),super.disconnectedCallback()}render(){let t={swipe:u("swipe.swipe"),beside:u("swipe.beside"),blink:this.way==="blink"?u("swipe.stop"):u("swipe.blink")};return g`<div class="two ${this.way} ${this.isAfter?"":"first"}" @pointerdown=${this.onPointer} @pointermove=${this.onPointer}>
        <slot></slot><span class="edge" aria-hidden="true"></span>
      </div>
      ${this.way==="swipe"?g`<input type="range" min="0" max="100" .value=${String(100-this.share)} aria-label=${u("swipe.slider")} @input=${this.onSlide} />`:f}
      <div class="tools" role="group" aria-label=${u("swipe.way")}>
        ${In.map(e=>g`<button type="button" aria-pressed=${this.way===e?"true":"false"} @click=${()=>this.choose(e)}>${t[e]}</button>`)}
      </div>
      ${this.isStill?g`<p class="small" role="status">${u("swipe.still")}</p>`:f}`}updated(){let t=this.renderRoot.querySelector(".two");t?.style.setProperty("--at",`${100-this.share}%`);let e=Number(this.querySelector("img")?.getAttribute("height")??0),[r=0,s=0,o=0]=this.words.split(" ").map(Number);!t||e<=0||(t.style.setProperty("--head",`${(100*r/e).toFixed(2)}%`),t.style.setProperty("--edge",`${(100*(r+o)/e).toFixed(2)}%`),t.style.setProperty("--foot",`${(100*s/e).toFixed(2)}%`))}choose(t){this.blinker.stop(),this.isAfter=!0,this.isStill=!1,t==="blink"&&(this.way==="blink"?t="swipe":this.blinker.start(1.5)||([t,this.isStill]=["beside",!0])),this.way=t}};customElements.define("vallum-compare",Wt);function Ae(i){let n=JSON.parse(i||"{}");if(!n.extent||!n.words)return null;let t=n;return{...t,places:t.places.map(({name:e,other:r,at_m:s})=>({name:e,names:r?[r]:[],at_m:s})),statuses:t.statuses.map(e=>({...e,spans:e.spans.map(pt)})),things:t.things.map(Un),open:{bin_m:t.open.bin_m,bins:t.open.bins.map(pt)},pairs:t.pairs.map(e=>({...e,spans:e.spans.map(pt)})),claims:t.claims.map(e=>({...e,spans:e.spans.map(pt)})),line:t.line.map(e=>e.split(",").map(Number)),land:(t.base?.land??[]).map(Vt),countries:(t.base?.countries??[]).map(Vt)}}function pt(i){let[n=0,t=0]=i.split(" ").map(Number);return[n,t]}function Vt(i){return i===""?[]:i.split(";").map(n=>n.split(",").map(Number))}function Un(i){let[n="",t="",e="",r="0",s="0",o="-",a="-",l="",h="-1",c=""]=i.split(" "),d=m=>m==="-"?"":m;return{kind:n,change:t,held:e,span:[Number(r),Number(s)],first:d(o),last:d(a),id:l,chip:Number(h),parts:c===""?[]:c.split("|").map(Vt)}}var E={without:new Set,year:null};function R({without:i,year:n},t){return i.has(`kind:${t.kind}`)||i.has(`change:${t.change}`)||i.has(`held:${t.held}`)?!1:n===null?!0:t.last===""?!1:(t.first===""?Number(t.last.slice(0,4)):Number(t.first.slice(0,4)))<=n&&n<=Number(t.last.slice(0,4))}function Pe(i){let n=new Set;for(let{first:t,last:e}of i){if(e==="")continue;let r=Number(e.slice(0,4));for(let s=t===""?r:Number(t.slice(0,4));s<=r;s+=1)n.add(s)}return[...n].sort((t,e)=>t-e)}function ft(i,n){let t=[];for(let[e,r]of[...i].sort((s,o)=>s[0]-o[0])){let s=t.at(-1);s&&e<=s[1]+n?s[1]=Math.max(s[1],r):t.push([e,r])}return t}function Te(i,n,t){let e=({span:[r,s]})=>Math.max(0,r-n,n-s);return i.filter(r=>e(r)<=t).sort((r,s)=>e(r)-e(s)||r.span[0]-s.span[0])}function gt(i,n){return i.some(([t,e])=>t<=n&&n<e)}function Le(i,n){let t=0,e=i.length;for(;t<e;){let r=t+e>>1;(i[r]?.[2]??1/0)<n?t=r+1:e=r}return t}function W(i,n){let t=Le(i,n),e=i[t];if(e===void 0)return null;let r=i[t-1]??e,s=e[2]>r[2]?(n-r[2])/(e[2]-r[2]):0;return[r[0]+s*(e[0]-r[0]),r[1]+s*(e[1]-r[1])]}function Xt(i,[n,t]){let e=[W(i,n),W(i,t)],r=[];for(let s=Le(i,n);s<i.length;s+=1){let[o,a,l]=i[s]??[0,0,1/0];if(l>=t)break;l>n&&r.push([o,a])}return[...e[0]?[e[0]]:[],...r,...e[1]?[e[1]]:[]]}function Re(i,[n,t,e,r]){let s=[];for(let o=1;o<i.length;o+=1){let[a,l,h]=i[o-1],[c,d,m]=i[o];if(Math.max(a,c)<n||Math.min(a,c)>e||Math.max(l,d)<t||Math.min(l,d)>r)continue;let p=s.at(-1);p&&p[1]===h?p[1]=m:s.push([h,m])}return s}var Q=class extends T{constructor(){super();this.onYear=t=>{let{value:e}=t.target;this.tell({...this.filter,year:e===""?null:Number(e)})};this.live=null,this.filter=E}static{this.properties={live:{attribute:!1},filter:{attribute:!1}}}static{this.styles=[L,$`
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
    `]}render(){let{live:t}=this;if(!t||t.things.length===0)return f;let e=Pe(t.things);if(Math.max(t.kinds.length,t.changes.length,t.helds.length,e.length)<2)return f;let r=t.things.filter(s=>R(this.filter,s)).length;return g`<details>
      <summary>${u("filter.title")} … <span role="status">${r===t.things.length?"":u("filter.shown",{n:r,all:t.things.length})}</span></summary>
      ${this.group(u("filter.kinds"),"kind",t.kinds)} ${this.group(u("filter.changes"),"change",t.changes)}
      ${this.group(u("filter.helds"),"held",t.helds)}
      <div class="row">
        ${e.length>1?g`<label
                >${u("filter.year")}
                <select @change=${this.onYear}>
                  <option value="" ?selected=${this.filter.year===null}>${u("filter.any")}</option>
                  ${e.map(s=>g`<option value=${s} ?selected=${this.filter.year===s}>${u("filter.in",{year:String(s)})}</option>`)}
                </select></label
              >`:f}
        <button type="button" @click=${()=>this.tell(E)}>${u("filter.all")}</button>
      </div>
    </details>`}group(t,e,r){return r.length<2?f:g`<fieldset>
      <legend>${t}</legend>
      ${r.map(({key:s,label:o})=>{let a=`${e}:${s}`;return g`<label
          ><input type="checkbox" name=${a} .checked=${!this.filter.without.has(a)} @change=${()=>this.toggle(a)} />${o}</label
        >`})}
    </fieldset>`}toggle(t){let e=new Set(this.filter.without);e.delete(t)||e.add(t),this.tell({...this.filter,without:e})}tell(t){this.dispatchEvent(new CustomEvent("filter",{detail:{filter:t},bubbles:!0,composed:!0}))}};customElements.define("vallum-filter",Q);function x(i,n){let[t,e]=i.extent;return e>t?(n-t)/(e-t)*i.width:0}function jt(i,n){let[t,e]=i.extent,r=t+(i.width>0?n/i.width:0)*(e-t);return Math.round(Math.min(e,Math.max(t,r)))}function Oe(i,n=84){let[t,e]=i.extent;if(e<=t||i.width<=0)return[];let r=(e-t)/i.width*n,s=10**Math.floor(Math.log10(r)),o=Math.max(100,([1,2,5,10].find(l=>l*s>=r)??10)*s),a=[];for(let l=Math.ceil(t/o)*o;l<=e;l+=o)a.push(l);return a}function Wn(i){return/[\uac00-\ud7a3]/.test(i)?"hangul":/[\u3400-\u9fff\uf900-\ufaff]/.test(i)?"han":"latin"}var Ce={en:["latin","hangul","han"],ko:["hangul","han","latin"],"zh-Hans":["han","latin","hangul"]};function bt(i,n){let t=[i.name,...i.names].filter(r=>r!==""),e=[];for(let r of Ce[n]??Ce.en??[]){let s=t.find(o=>Wn(o)===r);s!==void 0&&e.length<2&&e.push(s)}return e}function De(i,n,t,e,r=12){let s=[],o=(l,h)=>l.width<=n.width&&s.every(c=>c===h||l.x+l.width+r<=c.x||c.x+c.width+r<=l.x),a=(l,h)=>{let c=e(h),d=x(n,l.at_m),m=Math.max(0,Math.min(n.width-c,d-c/2));return{place:l,text:h,x:m,width:c,tick:d}};for(let l of i){if(l.at_m<n.extent[0]||l.at_m>n.extent[1])continue;let[h]=bt(l,t);if(h===void 0)continue;let c=a(l,h);o(c,null)&&s.push(c)}return s.forEach((l,h)=>{let c=bt(l.place,t);if(c.length<2)return;let d=a(l.place,c.join(" "));o(d,l)&&(s[h]=d)}),s.sort((l,h)=>l.x-h.x)}function Ne(i,n,t,e){let s={ArrowLeft:-e,ArrowDown:-e,ArrowRight:e,ArrowUp:e,PageDown:-10*e,PageUp:10*e,Home:-1/0,End:1/0}[i];return s===void 0?null:Math.round(Math.min(t[1],Math.max(t[0],n+s)))}var Vn=20,Xn=34;var V=class extends T{constructor(){super();this.sizes=new ResizeObserver(([t])=>{if(!t)return;let e=Math.floor(t.contentRect.width);requestAnimationFrame(()=>{this.width=e})});this.width=0}static{this.properties={width:{state:!0}}}connectedCallback(){super.connectedCallback(),this.sizes.observe(this)}disconnectedCallback(){this.sizes.disconnect(),super.disconnectedCallback()}};function qt(i){return Oe(i).map(n=>{let t=x(i,n),e=t<Vn?"start":t>i.width-Xn?"end":"middle";return{x:t,anchor:e,words:u("unit.km",{km:k(n/1e3,n%1e3===0?0:1)})}})}function Kt(i,n,{tick:t=4,words:e=16}={}){return qt(i).map(r=>b`<line class="tick" x1=${r.x} x2=${r.x} y1=${n} y2=${n+t}></line>
      <text class="axis" x=${r.x} y=${n+e} text-anchor=${r.anchor}>${r.words}</text>`)}function He(i,n=120){let t=i*n,e=10**Math.floor(Math.log10(t)),r=([5,2,1].find(s=>s*e<=t)??1)*e;return{length_m:r,width_px:r/i}}function S({view:i,width:n,height:t,narrow:e},[r,s]){return[n/2+(r-i.middle[0])*e*i.each,t/2-(s-i.middle[1])*i.each]}function C({view:i,width:n,height:t,narrow:e},r,s){return[i.middle[0]+(r-n/2)/(e*i.each),i.middle[1]-(s-t/2)/i.each]}function vt({view:i}){return 111320/i.each}function Fe(i,n,t,e,r){let s=C(i,t,e),o=Math.min(111320/.5,Math.max(r,i.view.each*n)),a=s[0]-(t-i.width/2)/(i.narrow*o),l=s[1]+(e-i.height/2)/o;return{middle:[a,l],each:o}}function Gt(i,n,t){let e=[.005,.01,.02,.05,.1,.2,.5,1,2,5,10].find(s=>(n-i)/s<=t)??20,r=[];for(let s=Math.ceil(i/e);s*e<=n;s+=1)r.push(Math.round(s*e*1e3)/1e3);return r}function yt(i,n){let t=new AbortController,{signal:e}=t,r=new Map,s=!1,o=a=>{let l=i.getBoundingClientRect();return[a.clientX-l.left,a.clientY-l.top]};return i.addEventListener("pointerdown",a=>{a.button===0&&(r.size===0&&(s=!1),r.set(a.pointerId,o(a)))},{signal:e}),i.addEventListener("pointermove",a=>{let[l,h]=o(a),c=r.get(a.pointerId);if(!c){a.pointerType==="mouse"&&n.over?.([l,h]);return}let[d,m]=[l-c[0],h-c[1]];if(!s&&Math.hypot(d,m)<6)return;s||i.setPointerCapture(a.pointerId),s=!0;let p=Be(r);r.set(a.pointerId,[l,h]),n.panBy(d/r.size,m/r.size);let v=Be(r);p!==null&&v!==null&&p>0&&n.zoomBy(v/p,...jn(r))},{signal:e}),i.addEventListener("pointerup",a=>{r.delete(a.pointerId)&&!s&&r.size===0&&n.press(...o(a))},{signal:e}),i.addEventListener("pointercancel",a=>{r.delete(a.pointerId)},{signal:e}),i.addEventListener("pointerleave",()=>n.over?.(null),{signal:e}),i.addEventListener("wheel",a=>{if(!a.ctrlKey&&!a.metaKey){if(Math.abs(a.deltaX)<=Math.abs(a.deltaY))return;a.preventDefault(),n.panBy(-a.deltaX,0);return}a.preventDefault(),n.zoomBy(2**(-a.deltaY/300),...o(a))},{signal:e,passive:!1}),()=>t.abort()}function Be(i){let[n,t]=[...i.values()];return n&&t?Math.hypot(n[0]-t[0],n[1]-t[1]):null}function jn(i){let[n=[0,0],t=n]=[...i.values()];return[(n[0]+t[0])/2,(n[1]+t[1])/2]}var ze=.7,Ie=2,Ue=.1;function We(i){let n=new Map,t=new Map;for(let{kind:e,held:r,change:s,parts:o}of i){if(o.length===0)continue;let a=r==="confirmed"&&s!=="removed"&&s!=="unchanged",l=n.get(e)??[[],[]];n.set(e,l);let h=l[a?1:0],c=Gn(o);h.push({parts:o,box:c,nth:qn(o)?Kn(t,c,h):0})}return n}function qn(i){return i.every(n=>n.length===1)}function Kn(i,[n,t],e){let r=Math.round(n*1e5)*36e6+Math.round(t*1e5),s=i.get(r)??[];return s.includes(e)||i.set(r,[...s,e]),(i.get(r)??[]).indexOf(e)}function Gn(i){let n=[1/0,1/0,-1/0,-1/0];for(let t of i)for(let[e,r]of t)n[0]=Math.min(n[0],e),n[1]=Math.min(n[1],r),n[2]=Math.max(n[2],e),n[3]=Math.max(n[3],r);return n}function Yt(i){let[n,t]=[i.width*Ue,i.height*Ue];return[...C(i,-n,i.height+t),...C(i,i.width+n,-t)]}function Ve([i,n,t,e],r){return t>=r[0]&&i<=r[2]&&e>=r[1]&&n<=r[3]}function Jt(i,{view:n,width:t,height:e,narrow:r}){let[s,o]=n.middle,a=r*n.each,l=[],[h,c]=[1/0,1/0];for(let d=0;d<i.length;d+=1){let m=i[d],p=t/2+(m[0]-s)*a,v=e/2-(m[1]-o)*n.each;!(d===0||d===i.length-1)&&Math.abs(p-h)<ze&&Math.abs(v-c)<ze||(l.push(p,v),[h,c]=[p,v])}return l}function Xe(i,n){let t=new Set,e=[];for(let{parts:r,box:s}of i){let[o,a]=S(n,[s[0],s[1]]),[l,h]=S(n,[s[2],s[3]]);if(l-o>=Ie||a-h>=Ie)for(let c of r)c.length>1&&e.push(Jt(c,n));else qe(t,o,h)&&e.push([o,a,Math.max(l,o+1),h])}return e}function je(i,n,t=0){let e=new Set,r=[];for(let{parts:s,nth:o}of i)for(let[a]of s){if(a===void 0)continue;let[l,h]=S(n,a),c=l+o*t;qe(e,c,h)&&r.push(c,h)}return r}function qe(i,n,t){let e=Math.round(n)*65536+Math.round(t);return i.has(e)?!1:(i.add(e),!0)}var Ke=$`
  .glass {
    touch-action: pan-y;
    cursor: grab;
    border: 1px solid var(--soft);
    overflow: hidden;
  }
  .glass > * {
    position: absolute;
  }
  .sheet,
  .above,
  .beside {
    will-change: transform;
  }
  .sheet {
    background: var(--sea); /* without holes it need not be mixed with what is under it */
  }
  .foot {
    bottom: 0;
  }
  .glass svg {
    overflow: hidden;
  }
  .sheet > canvas {
    position: absolute;
  }
  .sheet > canvas + svg {
    position: relative;
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
  .entry {
    display: inline-block;
    margin-right: 1.1em;
  }
  .swatch {
    width: 26px;
    height: 10px;
    overflow: visible;
  }
`;var Yn=1e4,Ye={sea:{fill:"--sea"},"sea plain":{fill:"--land"},land:{fill:"--land"},grid:{stroke:"--line",width:1},country:{stroke:"--soft",width:.8,dash:[4,2,1,2]},"line said":{stroke:"--unsure",width:11,alpha:.35},"line plain":{stroke:"--ink",width:1},"line changed":{stroke:"--changed",width:5},"line unchanged":{stroke:"--hatch",width:2.6},"line indeterminate":{stroke:"--unsure",width:4,dash:[2,2]},"line not_examined":{stroke:"--ink",width:2.4,dash:[1,3]},"line not_comparable":{stroke:"--alarm",width:2,dash:[6,4]},thing:{stroke:"",width:2.4},"thing other":{stroke:"",width:1.6,dash:[4,2]},dots:{stroke:"",cap:"round"}};function Zt(i){return i.reduce((n,{lines:t})=>n+t.reduce((e,r)=>e+r.length,0),0)>Yn}function Je({look:i,lines:n,colour:t,width:e}){let r=n.map(s=>Jn(s,Ye[i])).join("");return i==="land"?b`<path class=${i} fill-rule="evenodd" d=${r}></path>`:t===void 0?b`<path class=${i} d=${r}></path>`:e===void 0?b`<path class=${i} stroke=${t} d=${r}></path>`:b`<path class=${i} stroke=${t} stroke-width=${e} d=${r}></path>`}function Jn(i,n={}){let t="",e=n.cap==="round";for(let r=0;r+1<i.length;r+=2)t+=`${r===0||e?"M":"L"}${i[r]?.toFixed(1)} ${i[r+1]?.toFixed(1)}${e?"h0":""}`;return n.fill===void 0?t:`${t}z`}function Ze(i,n,t){for(let{look:e,lines:r,colour:s="",width:o}of n){let a=Ye[e];if(!a||r.length===0)continue;let l=h=>h===""?s:t(h);if(a.fill!==void 0&&(i.fillStyle=l(a.fill),Ge(i,r),i.fill("evenodd")),a.stroke!==void 0){if(i.strokeStyle=l(a.stroke),i.lineWidth=o??a.width??1,i.lineCap=a.cap??"butt",i.lineJoin=e.startsWith("line")?"round":"miter",i.globalAlpha=a.alpha??1,i.setLineDash(a.dash??[]),a.cap==="round")for(let h of r)Zn(i,h);else Ge(i,r),i.stroke();i.globalAlpha=1}}i.setLineDash([])}function Ge(i,n){i.beginPath();for(let t of n){i.moveTo(t[0]??0,t[1]??0);for(let e=2;e+1<t.length;e+=2)i.lineTo(t[e]??0,t[e+1]??0)}}function Zn(i,n){let t=i.getTransform().a||1,e=Math.ceil(i.lineWidth)+2,r=document.createElement("canvas");r.width=r.height=Math.round(e*t);let s=r.getContext("2d",{willReadFrequently:!0});if(s){s.scale(r.width/e,r.height/e),s.fillStyle=i.strokeStyle,s.arc(e/2,e/2,i.lineWidth/2,0,2*Math.PI),s.fill();for(let o=0;o+1<n.length;o+=2)i.drawImage(r,(n[o]??0)-e/2,(n[o+1]??0)-e/2,e,e)}}var Qn=520,tr=260,er=.08,tt=30,xt=70,nr=120,wt=5,$t=56,Qe=.35,rr=150,tn=["not_comparable","unchanged","not_examined","indeterminate","changed"],ir=["land","countries","known","things","said","names","grid"],et=class extends V{constructor(){super();this.lines=[];this.sorted=new Map;this.fitted=null;this.pushed=null;this.isRoomy=!1;this.onKey=t=>{if(t.ctrlKey||t.metaKey||t.altKey)return;let r={ArrowLeft:()=>this.move(xt,0),ArrowRight:()=>this.move(-xt,0),ArrowUp:()=>this.move(0,xt),ArrowDown:()=>this.move(0,-xt),"+":()=>this.zoom(2),"=":()=>this.zoom(2),"-":()=>this.zoom(.5),0:()=>this.view=null}[t.key];r&&(t.preventDefault(),r())};this.live=null,this.filter=E,this.at_m=null,this.view=null,this.off=new Set}static{this.properties={live:{attribute:!1},filter:{attribute:!1},at_m:{attribute:!1},view:{state:!0},off:{state:!0}}}static{this.styles=[L,Ke]}get high(){return Math.round(Math.min(Qn,Math.max(tr,this.width*.62)))}get whole(){return this.fitted??=this.fit(this.live?.line??[]),this.fitted}fit(t){let[e,r]=[t.map(([v])=>v),t.map(([,v])=>v)],[s,o,a,l]=[Math.min(...e),Math.max(...e),Math.min(...r),Math.max(...r)],h=[(s+o)/2,(a+l)/2],c=Math.cos(h[1]*Math.PI/180),d=Math.max(1,this.width-2),m=1-2*er,p=Math.min(d*m/Math.max(1e-6,(o-s)*c),this.high*m/Math.max(1e-6,l-a));return{view:{middle:h,each:p},width:d,height:this.high,narrow:c}}get frame(){let t=this.whole,e=this.pushed??this.view;return e?{...t,view:e}:t}get sheet(){let{frame:t,room:e}=this;return{...t,width:t.width+2*e[0],height:t.height+2*e[1]}}get room(){return this.isRoomy?[Math.round(this.width*Qe),Math.round(this.high*Qe)]:[0,0]}willUpdate(t){(t.has("live")||t.has("width"))&&(this.fitted=null),this.pushed&&!t.has("view")&&(this.view=this.pushed),this.pushed=null,(t.has("live")||t.has("filter"))&&(this.sorted=We((this.live?.things??[]).filter(e=>R(this.filter,e)))),t.has("at_m")&&this.live&&this.at_m!==null&&this.width>0&&this.show(this.at_m)}show(t){let e=W(this.live?.line??[],t);if(!e)return;let{frame:r}=this,[s,o]=S(r,e);(s<tt||o<tt||s>r.width-tt||o>r.height-tt)&&(this.view={middle:e,each:r.view.each})}updated(){this.paintMany(),this.push(0,0),!this.isRoomy&&Zt(this.lines)&&this.settleSoon();let t=this.renderRoot.querySelector(".glass");t&&(t.style.height=`${this.high}px`),!(!t||this.release)&&(this.release=yt(t,{panBy:(e,r)=>this.move(e,r),zoomBy:(e,r,s)=>this.zoom(e,r,s),press:(e,r)=>this.press(e,r)}))}disconnectedCallback(){clearTimeout(this.rest),this.release?.(),this.release=void 0,super.disconnectedCallback()}move(t,e){let{frame:r,room:s}=this,o={middle:C(r,r.width/2-t,r.height/2-e),each:r.view.each},a=this.view??this.whole.view,[l,h]=S({...r,view:o},a.middle),[c,d]=[l-r.width/2,h-r.height/2];clearTimeout(this.rest),Math.abs(c)<=s[0]&&Math.abs(d)<=s[1]?(this.pushed=o,this.push(c,d),(Math.abs(c)>s[0]/2||Math.abs(d)>s[1]/2)&&this.settleSoon()):(this.isRoomy=!0,this.view=o)}settleSoon(){clearTimeout(this.rest),this.rest=setTimeout(()=>{this.isRoomy=!0,this.requestUpdate()},rr)}push(t,e){let[r,s]=this.room,o=window.devicePixelRatio||1,[a,l]=[t,e].map(c=>Math.round(c*o)/o),h=(c,d,m)=>{let p=this.renderRoot.querySelector(`.glass > ${c}`);p&&(p.style.transform=`translate(${d}px, ${m}px)`)};h(".sheet",a-r,l-s),h(".above",a-r,0),h(".beside",0,l-s)}zoom(t,e=this.width/2,r=this.high/2){this.isRoomy=!1,this.view=Fe(this.frame,t,e,r,this.whole.view.each*.6)}press(t,e){let r=1/0,s=null;for(let[o,a,l]of this.live?.line??[]){let[h,c]=S(this.frame,[o,a]),d=Math.hypot(h-t,c-e);d<r&&([r,s]=[d,l])}s!==null&&r<tt*2&&(this.at_m=s,this.dispatchEvent(new CustomEvent("choose",{detail:{at_m:s},bubbles:!0,composed:!0})))}render(){let{live:t}=this;if(!t||t.line.length<2||this.width<80)return f;let{frame:e,sheet:r}=this;this.lines=this.strokes(t,r);let s=Zt(this.lines),o=`${u("map.label")}. ${this.at_m===null?"":U(this.at_m)}`;return g`<div class="tools">
        <button type="button" @click=${()=>this.zoom(2)}>+<span class="hidden">${u("zoom.in")}</span></button>
        <button type="button" @click=${()=>this.zoom(.5)}>−<span class="hidden">${u("zoom.out")}</span></button>
        <button type="button" ?disabled=${this.view===null} @click=${()=>this.view=null}>${u("zoom.all")}</button>
      </div>
      <div class="glass" role="application" tabindex="0" aria-label=${o} @keydown=${this.onKey}>
        <div class="sheet">${s?g`<canvas aria-hidden="true"></canvas>`:f}<svg width=${r.width} height=${r.height} aria-hidden="true">${s?f:this.lines.map(Je)} ${this.words(t,r)}</svg></div>
        ${this.off.has("grid")?f:this.degrees(r,e)}
        <svg class="foot" width=${e.width} height=${$t} aria-hidden="true">${this.furniture(e)}</svg>
      </div>
      <fieldset>
        <legend>${u("map.layers")}</legend>
        ${this.layers(t).map(a=>g`<label
            ><input type="checkbox" .checked=${!this.off.has(a)} @change=${()=>this.toggle(a)} />${u(`map.${a}`)}</label
          >`)}
      </fieldset>
      ${this.legend(t)}
      <p class="small">${t.disclaimer}</p>
      <p class="small">${u("map.how")}</p>`}layers(t){let e={land:t.land.length===0,countries:t.countries.length===0,known:t.statuses.length===0,said:t.claims.length===0,names:t.places.length===0,things:t.things.length===0};return ir.filter(r=>!e[r])}legend(t){return g`<p class="small">
      ${t.statuses.map(({key:e,label:r})=>g`<span class="entry"><svg class="swatch" width="26" height="10" aria-hidden="true">
            ${b`<line class="line ${e}" x1="0" x2="26" y1="5" y2="5"></line>`}
          </svg>
          ${r}</span>`)}
      <span class="entry">${u("map.other")}</span>
    </p>`}toggle(t){let e=new Set(this.off);e.delete(t)||e.add(t),this.off=e}strokes(t,e){let r=c=>!this.off.has(c),s=vt(e)>nr&&t.land.length>0,o=c=>c.map(d=>Jt(d,e)),a=(c,d)=>c?d():[],{width:l,height:h}=e;return[{look:s&&r("land")?"sea":"sea plain",lines:[[0,0,l,0,l,h,0,h]]},...a(s&&r("land"),()=>[{look:"land",lines:o(t.land)}]),...a(r("grid"),()=>[{look:"grid",lines:this.grid(e)}]),...a(s&&r("countries"),()=>[{look:"country",lines:o(t.countries)}]),...a(r("said"),()=>[{look:"line said",lines:o(t.claims.flatMap(({spans:c})=>c.map(d=>Xt(t.line,d))))}]),{look:"line plain",lines:o([t.line.map(([c,d])=>[c,d])])},...a(r("known"),()=>this.known(t,e,o)),...a(r("things"),()=>this.found(t,e))]}words(t,e){let r=s=>S(e,s);return[this.off.has("names")?f:this.names(t,e,r),this.marker(t,r)]}known(t,e,r){let s=vt(e)*.25,o=Re(t.line,Yt(e)),a=([l,h])=>o.some(([c,d])=>h>=c&&l<=d);return[...t.statuses].sort((l,h)=>tn.indexOf(l.key)-tn.indexOf(h.key)).map(({key:l,spans:h})=>{let c=ft(h.filter(a),s);return{look:`line ${l}`,lines:r(c.map(d=>Xt(t.line,d)))}})}found(t,e){let r=[],s=Yt(e);for(let{key:o,colour:a,is_line:l}of t.kinds)for(let h of[!1,!0]){let c=(this.sorted.get(o)?.[h?1:0]??[]).filter(({box:d})=>Ve(d,s));if(l)r.push({look:h?"thing":"thing other",colour:a,lines:Xe(c,e)});else{let d=[je(c,e,wt+2)];r.push({look:"dots",colour:h?"#fff":a,width:wt+2,lines:d}),r.push({look:"dots",colour:h?a:"#fff",width:h?wt:wt-1,lines:d})}}return r}grid(t){let{lons:e,lats:r}=en(t,t.width/this.frame.width);return[...e.map(([,s])=>[s,0,s,t.height]),...r.map(([,s])=>[0,s,t.width,s])]}degrees(t,{width:e,height:r}){let{lons:s,lats:o}=en(t,t.width/e),[,a]=this.room,l=h=>h-a>r-48&&h-a<=r;return g`<div class="above"><svg width=${t.width} height="16" aria-hidden="true">
        ${s.map(([h,c])=>b`<text class="degree" x=${c+3} y="12">${Math.abs(h)}°${h<0?"W":"E"}</text>`)}
      </svg></div>
      <div class="beside"><svg width=${Math.min(e,60)} height=${t.height} aria-hidden="true">
        ${o.map(([h,c])=>l(c)?f:b`<text class="degree" x="3" y=${c-3}>${Math.abs(h)}°${h<0?"S":"N"}</text>`)}
      </svg></div>`}paintMany(){let t=this.renderRoot.querySelector(".sheet > canvas"),e=this.sheet,r=t?.getContext("2d",{willReadFrequently:!0,alpha:!1});if(!t||!r)return;let s=window.devicePixelRatio||1,[o,a]=[Math.round(e.width*s),Math.round(e.height*s)];(t.width!==o||t.height!==a)&&([t.width,t.height]=[o,a],t.style.width=`${e.width}px`,t.style.height=`${e.height}px`),r.setTransform(s,0,0,s,0,0);let l=getComputedStyle(this);Ze(r,this.lines,h=>l.getPropertyValue(h).trim())}names(t,{width:e,height:r},s){let[o,a]=this.room,l=([p,v])=>(p??0)>=o&&(p??0)<=e-o&&(v??0)>=a&&(v??0)<=r-a,h=[],c=document.documentElement.lang,d=[],m=t.places.flatMap(p=>{let v=W(t.line,p.at_m);return v?[{place:p,at:s(v)}]:[]});for(let{place:p,at:v}of[...m.filter(y=>l(y.at)),...m.filter(y=>!l(y.at))]){let[y,_]=v;if(y<0||_<0||y>e||_>r)continue;let st=bt(p,c).join(" "),ot=[...st].reduce((at,At)=>at+(At>"⺀"?13:7),0),Mt=y+8+ot>(l(v)?e-o:e)-4,Et=Mt?y-8-ot:y+8;h.some(([at,At,kn])=>Math.abs(At-_)<17&&Et<at+kn+6&&at<Et+ot+6)||(h.push([Et,_,ot]),d.push(b`<circle class="spot" cx=${y} cy=${_} r="3"></circle>
        <text class="halo" x=${Mt?y-8:y+8} y=${_+4} text-anchor=${Mt?"end":"start"}>${st}</text>`))}return d}marker(t,e){let r=this.at_m===null?null:W(t.line,this.at_m);if(!r||this.at_m===null)return f;let[s,o]=e(r);return b`<circle class="here" cx=${s} cy=${o} r="11"></circle>
      <text class="halo" x=${s} y=${o-16} text-anchor="middle">${U(this.at_m)}</text>`}furniture(t){let{length_m:e,width_px:r}=He(vt(t)),[s,o]=[12,$t-14];return b`<path class="scale" d="M${s} ${o-5}v5h${r}v-5"></path>
      <text class="halo" x=${s} y=${o-10}>${e<1e3?ut(e):u("unit.km",{km:k(e/1e3)})}</text>
      <path class="spot" d="M${t.width-20} ${$t-34}l-6 20 6 -5 6 5z"></path>
      <text class="halo" x=${t.width-20} y=${$t-38} text-anchor="middle"><title>${u("map.north")}</title>N</text>`}};function en(i,n){let[t,e]=C(i,0,0),[r,s]=C(i,i.width,i.height);return{lons:Gt(t,r,6*n).map(o=>[o,S(i,[o,s])[0]]),lats:Gt(s,e,5*n).map(o=>[o,S(i,[t,o])[1]])}}customElements.define("vallum-linemap",et);function Qt(i,n=0){let t=[],e=i.map((s,o)=>o).sort((s,o)=>(i[s]?.[0]??0)-(i[o]?.[0]??0)),r=new Array(i.length).fill(0);for(let s of e){let[o,a]=i[s]??[0,0],l=t.findIndex(h=>h+n<=o);l<0&&(l=t.length),t[l]=a,r[s]=l}return r}function nn(i,n,t,e,r=6){let s="",o=Math.ceil((i+n)/r)*r;for(let a=o;a<i+t+n+e;a+=r){let l=Math.max(i,a-(n+e)),h=Math.min(i+t,a-n);h>l&&(s+=`M${l.toFixed(1)} ${(a-l).toFixed(1)}L${h.toFixed(1)} ${(a-h).toFixed(1)}`)}return s}var sr=600,an=60,kt=6,or={"":{fill:""},hatch:{stroke:"--hatch",width:1},"st changed":{fill:"--changed"},"st unchanged":{fill:"--same"},"st indeterminate":{fill:"--unsure-wash",stroke:"--unsure",width:.7},"st not_examined":{fill:"--paper",stroke:"--soft",width:.7},"st edge-only":{stroke:"--hatch",width:1},"st-mark not_examined":{stroke:"--soft",width:1},"st-mark indeterminate":{stroke:"--unsure",width:1.5,dash:[1.5,3]},old:{fill:"--old"},unsure:{fill:"--paper",stroke:"",width:1.4,dash:[3,2]},gone:{fill:"--paper",stroke:"",width:1.8},open:{fill:"--paper",stroke:"--soft",width:1},floor:{fill:"--soft"},"told corroborated":{fill:"--yes",stroke:"--yes",width:1.6},"told contradicted":{fill:"--paper",stroke:"--alarm",width:2.6},"told not_observable":{fill:"--paper",stroke:"--soft",width:1.6,dash:[2,2]},"told unverified":{fill:"--paper",stroke:"--unsure",width:1.6,dash:[5,2]}};function ln(i){return i.reduce((n,{boxes:t})=>n+t.length,0)>sr}function ar(i){return i.map(([n,t,e,r])=>`M${n.toFixed(1)} ${rn(t)}h${e.toFixed(1)}v${rn(r)}h${(-e).toFixed(1)}z`).join("")}function rn(i){return Number.isInteger(i)?String(i):i.toFixed(1)}function nt({look:i,boxes:n,colour:t,fill:e,step:r=kt}){if(e==="hatch")return b`<path class=${i} d=${n.map(o=>nn(...o)).join("")}></path>`;if(e==="across")return b`<path class=${i} d=${n.map(o=>lr(o,r)).join("")}></path>`;let s=ar(n);return t===void 0?b`<path class=${i} d=${s}></path>`:i===""?b`<path fill=${t} d=${s}></path>`:b`<path class=${i} stroke=${t} d=${s}></path>`}function lr([i,n,t,e],r){let s="";for(let o=n+r/2;o<n+e;o+=r)s+=`M${i.toFixed(1)} ${o}h${t.toFixed(1)}`;return s}function hn(i,n,t){for(let e of n){let r=or[e.look];if(!r||e.boxes.length===0)continue;let s=o=>o===""?e.colour??"":t(o);if(e.fill==="hatch"){sn(i,e.boxes,cr(i,s(r.stroke??"")));continue}if(e.fill==="across"){hr(i,e,r,s);continue}if(r.fill!==void 0&&sn(i,e.boxes,s(r.fill)),r.stroke!==void 0){i.strokeStyle=s(r.stroke),i.lineWidth=r.width??1,i.setLineDash(r.dash&&e.boxes.length<=an?r.dash:[]);for(let o of e.boxes)i.strokeRect(...o);i.setLineDash([])}}}function sn(i,n,t){i.fillStyle=t;for(let e of n)i.fillRect(...e)}function hr(i,{boxes:n,step:t=kt},e,r){let s=e.width??1;i.fillStyle=r(e.stroke??"");let[o=0,a=0]=n.length<=an?e.dash??[]:[];for(let[l,h,c,d]of n)for(let m=h+t/2;m<h+d;m+=t)if(o===0)i.fillRect(l,m-s/2,c,s);else for(let p=l;p<l+c;p+=o+a)i.fillRect(p,m-s/2,Math.min(o,l+c-p),s)}var on=new Map;function cr(i,n){let t=i.getTransform().a||1,e=4*kt,r=`${n} ${t}`,s=on.get(r)??dr(e,t,n);on.set(r,s);let o=i.createPattern(s,"repeat");return o?.setTransform(new DOMMatrix([e/s.width,0,0,e/s.height,0,0])),o??n}function dr(i,n,t){let e=document.createElement("canvas");e.width=e.height=Math.round(i*n);let r=e.getContext("2d",{willReadFrequently:!0});if(!r)return e;r.scale(e.width/i,e.height/i),r.strokeStyle=t,r.lineWidth=1,r.beginPath();for(let s=0;s<=2*i;s+=kt)r.moveTo(s+1,-1),r.lineTo(-1,s+1);return r.stroke(),e}var w=16,ur=17,mr=5,St=26,pr=3,te=new Set(["unchanged"]);function ee(i,n,t,e){let r=[],s=t,o=(a,l,h,c)=>{e&&(s+=ur);let d=s;r.push({key:a,label:l,y:s,high:h,marks:m=>c(m,d)}),s+=h+mr};i.statuses.length>0&&o("known",u("strip.known"),w,(a,l)=>gr(i,a,l));for(let a of i.kinds){let l=n.filter(d=>d.kind===a.key),h=a.is_line?w:St,c=a.is_line?br:vr;o(`kind:${a.key}`,a.label,h,(d,m)=>c(l,a,d,m))}if(i.open.bins.length>0&&o("open",u("strip.open"),w,(a,l)=>yr(i,a,l)),i.claims.length>0){let a=w*Math.min(3,xr(i.claims));o("said",u("strip.said"),a,(l,h)=>wr(i.claims,l,h,a))}return r}function cn(i,n){return i.map(t=>t.marks(n).map(nt))}function ne(i,n){let t=i.at(-1);return t?t.y+t.high:n}function O(i,n,t,e,r=.7){return fr(i,n,r).map(([s,o])=>[s,t,o,e])}function fr(i,n,t){let e=(n.extent[1]-n.extent[0])/Math.max(1,n.width),r=i.filter(([s,o])=>o>=n.extent[0]&&s<=n.extent[1]);return ft(r,e*.25).map(([s,o])=>{let a=Math.max(0,x(n,s)),l=Math.min(n.width,x(n,o)),h=Math.max(t,l-a);return[Math.min(a,n.width-h),h]})}function re(i,n,t,e){let r=i.statuses.find(({key:s})=>s==="not_comparable")?.spans??[];return{look:"hatch",fill:"hatch",boxes:O(r,n,t,e,1)}}function gr(i,n,t){return i.statuses.flatMap(({key:e,spans:r})=>{let s=O(r,n,t,w);if(e==="not_comparable")return[{look:"st edge-only",boxes:s}];if(e!=="not_examined"&&e!=="indeterminate")return[{look:`st ${e}`,boxes:s}];let o={look:`st-mark ${e}`,fill:"across",step:e==="not_examined"?4:5,boxes:O(r,n,t,w,1)};return[{look:`st ${e}`,boxes:s},o]})}function br(i,n,t,e){let r=c=>i.filter(c).map(({span:d})=>d),s=({held:c})=>c==="confirmed",o=r(c=>c.held==="imported"||s(c)&&te.has(c.change)),a=r(c=>s(c)&&!te.has(c.change)&&c.change!=="removed"),l=r(c=>s(c)&&c.change==="removed"),h=r(({held:c})=>c==="indeterminate"||c==="disputed");return[{look:"old",boxes:O(o,t,e+5,w-5)},{look:"unsure",colour:n.colour,boxes:O(h,t,e+2,w-4,2)},{look:"",colour:n.colour,boxes:O(a,t,e,w,1)},{look:"gone",colour:n.colour,boxes:O(l,t,e+1,w-2,2)}]}function vr(i,n,t,e){let r=Math.max(1,Math.floor(t.width/(pr+1))),s=new Map;for(let{span:h,change:c,held:d}of i){let m=Math.floor(x(t,(h[0]+h[1])/2)/t.width*r);if(m<0||m>=r)continue;let p=s.get(m)??{built:0,old:0,other:0};s.set(m,p),d==="imported"||d==="confirmed"&&te.has(c)?p.old+=1:d==="confirmed"&&c!=="removed"?p.built+=1:p.other+=1}let o=Math.max(1,...[...s.values()].map(({built:h,old:c,other:d})=>h+c+d)),a={built:[],old:[],other:[]},l=t.width/r-1;for(let[h,c]of s){let d=e+St;for(let m of["built","old","other"]){if(c[m]===0)continue;let p=Math.max(3,c[m]/o*(St-2));a[m].push([h/r*t.width,d-p,l,p]),d=Math.max(e+3,d-p)}}return[{look:"floor",boxes:[[0,e+St-.5,t.width,1]]},{look:"",colour:n.colour,boxes:a.built},{look:"old",boxes:a.old},{look:"gone",colour:n.colour,boxes:a.other}]}function yr({open:{bin_m:i,bins:n},extent:t},e,r){let s=Math.max(1,...n.map(([,a])=>a)),o=[];for(let[a,l]of n){let h=Math.max(0,x(e,t[0]+a*i)),c=Math.min(e.width,x(e,t[0]+(a+1)*i));if(c<=h)continue;let d=Math.max(3,l/s*(w-1));o.push([h,r+w-d,Math.max(1,c-h),d])}return[{look:"open",boxes:o}]}function xr(i){return Math.max(...Qt(i.map(({spans:n})=>dn(n))))+1}function dn(i){return[Math.min(...i.map(([n])=>n)),Math.max(...i.map(([,n])=>n))]}function wr(i,n,t,e){let r=Qt(i.map(({spans:o})=>dn(o))),s=e/(Math.max(...r)+1);return i.map(({status:o,spans:a},l)=>({look:`told ${o}`,boxes:O(a,n,t+(r[l]??0)*s+1,Math.max(2,s-3),4)}))}function un(i,n){let t=(l,h)=>l.find(c=>c.key===h)?.label??h,[e,r]=n.span,s=r-e>=1e3?1:3,o=k(e/1e3,s),a=r-e<=1?o:`${o}–${k(r/1e3,s)}`;return{what:`${t(i.kinds,n.kind)}: ${t(i.changes,n.change)}`,held:t(i.helds,n.held),where:u("unit.km_at",{km:a}),when:$r(n)}}function $r({first:i,last:n}){return n===""?u("strip.undated"):i===""?u("strip.by",{last:n}):u("strip.built",{first:i,last:n})}var mn=$`
  .glass {
    touch-action: pan-y;
    cursor: crosshair;
  }
  .clip,
  .clip svg,
  .whole {
    position: absolute;
    top: 0;
    pointer-events: none;
  }
  .clip {
    overflow: hidden;
  }
  .sheet {
    will-change: transform;
  }
  .labels {
    position: relative;
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
`;function pn(i,n,t,e=.5,r=200){let[s,o]=i,a=s+e*(o-s),l=Math.min(n[1]-n[0],Math.max(Math.min(r,n[1]-n[0]),(o-s)/t));return gn([a-e*l,a+(1-e)*l],n)}function ie(i,n,t){return gn([i[0]+t,i[1]+t],n)}function fn(i,n,t){let e=(i[1]-i[0])*.04;return t>=i[0]+e&&t<=i[1]-e?i:ie(i,n,t-(i[0]+i[1])/2)}function gn([i,n],t){let e=Math.min(n-i,t[1]-t[0]),r=Math.min(t[1]-e,Math.max(t[0],i));return[r,r+e]}var se="12.5px system-ui, sans-serif";function bn(i,{scale:n,labels:t,names_y:e,bottom:r},s){let[o,a]=[s("--ink"),s("--soft")];i.font=se,i.lineWidth=1,i.strokeStyle=a,i.beginPath();let l=(h,c,d,m)=>{i.moveTo(h,c),i.lineTo(d,m)};i.fillStyle=o,i.textAlign="start";for(let{x:h,text:c,tick:d}of t)l(d,e+2,d,e+6),i.fillText(c,h,e-2);i.fillStyle=a;for(let{x:h,anchor:c,words:d}of qt(n))l(h,r,h,r+4),i.textAlign=c==="middle"?"center":c,i.fillText(d,h,r+16);i.stroke()}var kr=20,xn=10,B=xn+kr+6,rt=22,vn=190,Sr=720,_t=6,_r=.006,Mr=.5,Er=150,yn="600 12.5px system-ui, sans-serif",it=class extends V{constructor(){super();this.things=[];this.laid=null;this.isMany=!1;this.pushed=null;this.isRoomy=!1;this.onKey=t=>{if(!this.live||t.ctrlKey||t.metaKey||t.altKey)return;let r={"+":()=>this.zoom(2),"=":()=>this.zoom(2),"-":()=>this.zoom(.5),0:()=>this.shown=this.live?.extent??this.shown,n:()=>this.step(1),p:()=>this.step(-1)}[t.key],s=Ne(t.key,this.at_m??this.scale.extent[0],this.live.extent,Math.max(1,this.perPixel*4));!r&&s===null||(t.preventDefault(),r?r():s!==null&&this.choose(s))};this.live=null,this.filter=E,this.at_m=null,this.shown=[0,1],this.over_m=null}static{this.properties={live:{attribute:!1},filter:{attribute:!1},at_m:{attribute:!1},shown:{state:!0},over_m:{state:!0}}}static{this.styles=[L,mn]}willUpdate(t){this.pushed&&!t.has("shown")&&(this.shown=this.pushed),this.pushed=null,t.has("live")&&this.live&&(this.shown=this.live.extent),(t.has("live")||t.has("filter"))&&(this.things=(this.live?.things??[]).filter(e=>R(this.filter,e)),this.isMany=this.isRoomy=!1),t.has("at_m")&&this.live&&this.at_m!==null&&(this.shown=fn(this.shown,this.live.extent,this.at_m))}updated(){this.paintMany(),this.push();let t=this.renderRoot.querySelector(".glass");!t||this.release||(this.release=yt(t,{panBy:e=>this.move(-e*this.perPixel),zoomBy:(e,r)=>this.zoom(e,(r-this.gutter)/this.scale.width),press:e=>this.choose(jt(this.scale,e-this.gutter)),over:e=>this.over_m=e&&e[0]>=this.gutter?jt(this.scale,e[0]-this.gutter):null}))}disconnectedCallback(){clearTimeout(this.rest),this.release?.(),this.release=void 0,super.disconnectedCallback()}get gutter(){return this.width>=Sr?vn:0}get scale(){return{extent:this.pushed??this.shown,width:Math.max(1,this.width-this.gutter-2)}}get sheet(){let{live:t,shown:e,scale:r,perPixel:s}=this;if(!t||!this.isRoomy)return{...r,extent:e};let o=(e[1]-e[0])*Mr,a=[Math.max(t.extent[0],e[0]-o),Math.min(t.extent[1],e[1]+o)];return{extent:a,width:(a[1]-a[0])/s}}get perPixel(){return(this.shown[1]-this.shown[0])/this.scale.width}get isWhole(){return this.live!==null&&this.shown[1]-this.shown[0]>=this.live.extent[1]-this.live.extent[0]}render(){let{live:t}=this;if(t===null||this.width<80)return f;let e=this.at_m??t.extent[0];return g`<div class="tools">
        <button type="button" @click=${()=>this.zoom(2)}>+<span class="hidden">${u("zoom.in")}</span></button>
        <button type="button" ?disabled=${this.isWhole} @click=${()=>this.zoom(.5)}>−<span class="hidden">${u("zoom.out")}</span></button>
        <button type="button" ?disabled=${this.isWhole} @click=${()=>this.shown=t.extent}>${u("zoom.all")}</button>
        ${t.things.length===0?f:g`<button type="button" @click=${()=>this.step(-1)}>‹ ${u("go.previous")}</button>
                <button type="button" @click=${()=>this.step(1)}>${u("go.next")} ›</button>`}
      </div>
      <div class="glass" role="slider" tabindex="0" aria-label=${u("strip.label")} aria-valuemin=${t.extent[0]}
        aria-valuemax=${t.extent[1]} aria-valuenow=${Math.round(e)} aria-valuetext=${this.spell(e)} @keydown=${this.onKey}>
        ${this.chart(t)}
      </div>
      ${this.readout(t)} ${this.isWhole?t.insets.map(r=>this.inset(t,r)):f}
      <p class="small">${t.kinds.length>1?u("strip.overlap"):f} ${u("strip.unseen_key")}</p>
      <p class="small">${u("strip.how")}</p>`}chart(t){let{gutter:e,width:r}=this,{found:s,marks:o,bottom:a}=this.lay(t,B);this.isMany||=ln(o);let l=a+rt,h=s.map(d=>this.label(d));if(this.isMany)return this.painted(t,h,a);let{scale:c}=this;return g`<svg width=${r} height=${l} aria-hidden="true">
      <svg x=${e} y="0" width=${c.width} height=${l}>
        ${this.overview(t,c)} ${o.map(nt)} ${this.names(t,c,B-7)} ${Kt(c,a)}
        ${this.border(c,B-3,a)} ${this.cursor(c,B-3,a)}
      </svg>
      ${h}
    </svg>`}painted(t,e,r){let{scale:s,sheet:o,gutter:a,width:l}=this,h=r+rt,c=this.cursor(o,B-3,r);return g`<svg class="whole" width=${l} height=${h} aria-hidden="true">
        <svg x=${a} y="0" width=${s.width} height=${h}>${this.border(s,B-3,r)}</svg>
      </svg>
      <div class="clip">
        <div class="sheet">
          <canvas aria-hidden="true"></canvas>
          ${c.length===0?f:g`<svg width=${o.width} height=${h} aria-hidden="true">${c}</svg>`}
        </div>
        <svg width=${s.width} height=${xn} aria-hidden="true">${this.overview(t,s)}</svg>
      </div>
      <svg class="labels" width=${a||l} height=${h} aria-hidden="true">${e}</svg>`}border(t,e,r){return b`<rect class="frame" x="0.5" y=${e} width=${t.width-1} height=${r-e}></rect>`}lay(t,e){let{sheet:r,gutter:s,things:o,laid:a}=this,l=[t,o,r.width,s,...r.extent];if(a&&l.every((m,p)=>m===a.key[p]))return a;let h=ee(t,o,e,s===0),c=ne(h,e)+3,d=[re(t,r,e-3,c-e+3),...h.flatMap(m=>m.marks(r))];return this.laid={key:l,found:h,marks:d,bottom:c,isPainted:!1},this.laid}paintMany(){let{laid:t,sheet:e,scale:r,gutter:s}=this,o=this.renderRoot.querySelector(".clip"),a=o?.querySelector("canvas"),l=a?.getContext("2d",{willReadFrequently:!0});if(!o||!a||!l||!t||t.isPainted||!this.live)return;t.isPainted=!0;let h=window.devicePixelRatio||1,c=t.bottom+rt,[d,m]=[Math.round(e.width*h),Math.round(c*h)];(a.width!==d||a.height!==m)&&([a.width,a.height]=[d,m]);let p=(_,st)=>{Object.assign(_.style,{width:`${st}px`,height:`${c}px`})};p(a,e.width),p(o,r.width),o.style.left=`${s}px`,l.setTransform(h,0,0,h,0,0),l.clearRect(0,0,e.width,c);let v=getComputedStyle(this),y=_=>v.getPropertyValue(_).trim();hn(l,t.marks,y),bn(l,{scale:e,labels:this.labels(this.live,e),names_y:B-7,bottom:t.bottom},y)}push(){let t=this.renderRoot.querySelector(".sheet");if(!t||!this.live)return;let e=window.devicePixelRatio||1,{scale:r}=this,s=(this.sheet.extent[0]-r.extent[0])/this.perPixel;if(t.style.transform=`translateX(${Math.round(s*e)/e}px)`,this.isWhole)return;let[o]=this.windows(this.live,r)[0]??[0];this.renderRoot.querySelector(".clip .window")?.setAttribute("x",String(o))}label({label:t,y:e,high:r}){if(this.gutter===0)return b`<text class="lane" x="4" y=${e-4}>${t}</text>`;let s=e+r/2+4.5;return b`<text class="lane" x="0" y=${s}><title>${t}</title>${this.fitting(t)}</text>`}fitting(t){let e=vn-10;if(this.measure(t,yn)<=e)return t;let r=t.length-1;for(;r>1&&this.measure(`${t.slice(0,r)}…`,yn)>e;)r-=1;return`${t.slice(0,r).trimEnd()}…`}overview(t,e){let r=this.windows(t,e);return r.length===0?f:b`<line class="base" x1="0" x2=${e.width} y1="5" y2="5"></line>
      ${r.map(([s,o])=>b`<rect class="window" x=${s} y="1" width=${o} height="8"></rect>`)}`}windows(t,e){let r={extent:t.extent,width:e.width};return(this.isWhole?t.insets.map(({span:s})=>s):[e.extent]).map(([s,o])=>{let a=Math.max(3,x(r,o)-x(r,s));return[Math.min(x(r,s),e.width-a),a]})}labels(t,e){return De(t.places,e,document.documentElement.lang,r=>this.measure(r))}names(t,e,r){return this.labels(t,e).map(s=>b`<line class="tick" x1=${s.tick} x2=${s.tick} y1=${r+2} y2=${r+6}></line>
        <text class="name" x=${s.x} y=${r-2}>${s.text}</text>`)}cursor(t,e,r){let s=[];if(this.at_m!==null&&this.at_m>=t.extent[0]&&this.at_m<=t.extent[1]){let o=x(t,this.at_m);s.push(b`<line class="chosen" x1=${o} x2=${o} y1=${e-6} y2=${r}></line>
        <path class="chosen-mark" d="M${o-6} ${e-8}h12l-6 8z"></path>`)}if(this.over_m!==null){let o=x(t,this.over_m),a=`${U(this.over_m)}  ${this.statusAt(this.over_m)}`,l=this.measure(a)+12,h=Math.max(0,Math.min(t.width-l,o-l/2));s.push(b`<line class="hover" x1=${o} x2=${o} y1=${e} y2=${r}></line>
        <rect class="over" x=${h} y=${r+1} width=${l} height="20" rx="3"></rect>
        <text class="over-words" x=${h+6} y=${r+15}>${a}</text>`)}return s}inset(t,{span:e,title:r}){let s={extent:e,width:this.scale.width},o=ee({...t,open:{bin_m:1,bins:[]},claims:[]},this.things,6,this.gutter===0),a=ne(o,6)+3;return g`<figure class="inset">
      <figcaption>${r}</figcaption>
      <svg width=${this.width} height=${a+rt} aria-hidden="true" @click=${()=>this.shown=e}>
        <svg x=${this.gutter} y="0" width=${s.width} height=${a+rt}>
          ${nt(re(t,s,3,a-3))} ${cn(o,s)} ${Kt(s,a)}
          <rect class="frame" x="0.5" y="3" width=${s.width-1} height=${a-3}></rect>
        </svg>
        ${o.map(l=>this.label(l))}
      </svg>
    </figure>`}readout(t){let{at_m:e}=this;if(e===null)return g`<div class="readout" aria-live="polite"></div>`;let r=Math.max(50,(this.shown[1]-this.shown[0])*_r),s=Te(this.things,e,r);return g`<div class="readout" aria-live="polite">
      <p><strong>${this.spell(e)}</strong></p>
      ${s.length===0?g`<p>${u("strip.nothing",{m:ut(r)})}</p>`:f}
      <ul>
        ${s.slice(0,_t).map(o=>this.entry(t,o))}
      </ul>
      ${s.length>_t?g`<p>${u("strip.more",{n:s.length-_t})}</p>`:f}
      ${t.claims.filter(({spans:o})=>gt(o,e)).slice(0,_t).map(o=>g`<p>${o.mark} <a href="#${o.anchor}">“${o.says}”</a> ${o.when}</p>`)}
    </div>`}entry(t,e){let{what:r,held:s,where:o,when:a}=un(t,e);return g`<li>
      <strong>${r}</strong>, ${s}. ${o}; ${a}. <code>vallum trace ${e.id}</code>
      ${e.chip>=0?g`<button type="button" @click=${()=>this.tell("case",{chip:e.chip})}>${u("strip.case")}</button>`:f}
    </li>`}statusAt(t){return this.live?.statuses.find(({spans:e})=>gt(e,t))?.label??""}spell(t){let{live:e}=this;if(!e)return"";let r=[...e.places].sort((o,a)=>Math.abs(o.at_m-t)-Math.abs(a.at_m-t))[0],s=e.pairs.find(({spans:o})=>gt(o,t));return[U(t),...r?[u("strip.near",{place:[r.name,...r.names].join(" ")})]:[],this.statusAt(t),s?u("strip.compared",{before:s.before,after:s.after}):u("strip.not_compared")].filter(o=>o!=="").join(", ")}measure(t,e=se){return this.pen===void 0&&(this.pen=document.createElement("canvas").getContext("2d")),this.pen?(this.pen.font=e,Math.ceil(this.pen.measureText(t).width)+2):t.length*12}zoom(t,e){if(!this.live)return;let{extent:r}=this.scale,s=this.at_m===null?.5:x({extent:r,width:1},this.at_m),o=e??(s>=0&&s<=1?s:.5);this.isRoomy=!1,this.shown=pn(r,this.live.extent,t,Math.min(1,Math.max(0,o)))}move(t){if(!this.live)return;let{extent:e}=this.scale,r=ie(e,this.live.extent,t);if(r[0]===e[0])return;clearTimeout(this.rest),this.rest=setTimeout(()=>this.settle(),Er);let{extent:s}=this.sheet;this.isRoomy&&r[0]>=s[0]&&r[1]<=s[1]?(this.pushed=r,this.push()):(this.isRoomy=this.isMany,this.shown=r)}settle(){this.isRoomy=!1,this.requestUpdate()}step(t){let e=this.at_m??(t>0?-1/0:1/0),r=this.things.map(({span:o})=>o[0]).sort((o,a)=>o-a),s=t>0?r.find(o=>o>e):r.findLast(o=>o<e);s!==void 0&&this.choose(s)}choose(t){this.at_m=t,this.tell("choose",{at_m:t})}tell(t,e){this.dispatchEvent(new CustomEvent(t,{detail:e,bubbles:!0,composed:!0}))}};customElements.define("vallum-strip",it);function Ar(i){Object.assign(X.en,i)}function oe(i,n){let t=document.querySelector(`[data-live="${i}"]`);return t?(t.append(n),n):null}function Pr(i){let n=[...document.querySelectorAll("[data-case]")],t=0;for(let r of n){let{kind:s="",change:o="",held:a="",first:l="",last:h=""}=r.dataset;r.hidden=!R(i,{kind:s,change:o,held:a,first:l,last:h}),r.hidden||(t+=1)}let e=document.querySelector("[data-cases]");e&&(e.textContent=t===0?u("filter.none"):t===n.length?"":u("filter.cases",{n:t,all:n.length}))}function Tr(i,{strip:n,map:t,filter:e}){document.addEventListener("choose",r=>{let{at_m:s}=r.detail;for(let o of[n,t])o&&(o.at_m=s)}),document.addEventListener("case",r=>{let{chip:s}=r.detail,o=document.querySelector(`[data-case="${s}"]`);ae(o),o?.scrollIntoView({block:"start"}),o?.focus({preventScroll:!0})}),document.addEventListener("filter",r=>{let s=r.detail.filter;for(let o of[n,t,e])o&&(o.filter=s);Pr(s)});for(let r of document.querySelectorAll("[data-go]"))r.hidden=!1,r.addEventListener("click",()=>{let s=Number(r.dataset.go);for(let o of[n,t])o&&(o.at_m=s);document.querySelector("#chart")?.scrollIntoView({block:"start"})});for(let r of[n,t,e])r&&(r.live=i);for(let r of[n,t,e])r&&(r.filter=E)}function ae(i){for(let n=i?.closest("details");n;n=n.parentElement?.closest("details"))n.open=!0}function wn(i){return i.length>1?document.getElementById(decodeURIComponent(i.slice(1))):null}function $n(){document.addEventListener("click",n=>{let e=n.composedPath().find(r=>r instanceof HTMLAnchorElement)?.getAttribute("href")??"";e.startsWith("#")&&ae(wn(e))});let i=()=>{let n=wn(location.hash);ae(n),n?.scrollIntoView({block:"start"})};addEventListener("hashchange",i),i()}function Lr(){let i=[];addEventListener("beforeprint",()=>{i=[...document.querySelectorAll("details:not([open])")];for(let n of i)n.open=!0}),addEventListener("afterprint",()=>{for(let n of i)n.open=!1})}function Rr(){let i=Ae(document.querySelector("#live-data")?.content.textContent??"");if(Lr(),!i)return $n();Ar(i.words),Tr(i,{filter:oe("filter",new Q),strip:oe("strip",new it),map:oe("map",new et)});for(let n of document.querySelectorAll("details.still"))n.open=!1;document.documentElement.classList.add("is-live"),$n()}Rr();})();

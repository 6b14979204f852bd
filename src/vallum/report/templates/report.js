"use strict";(()=>{var I={en:{},ko:{},"zh-Hans":{}};var rt=globalThis,it=rt.ShadowRoot&&(rt.ShadyCSS===void 0||rt.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,wt=Symbol(),Yt=new WeakMap,U=class{constructor(n,t,e){if(this._$cssResult$=!0,e!==wt)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=n,this.t=t}get styleSheet(){let n=this.o,t=this.t;if(it&&n===void 0){let e=t!==void 0&&t.length===1;e&&(n=Yt.get(t)),n===void 0&&((this.o=n=new CSSStyleSheet).replaceSync(this.cssText),e&&Yt.set(t,n))}return n}toString(){return this.cssText}},Jt=i=>new U(typeof i=="string"?i:i+"",void 0,wt),$=(i,...n)=>{let t=i.length===1?i[0]:n.reduce((e,r,s)=>e+(o=>{if(o._$cssResult$===!0)return o.cssText;if(typeof o=="number")return o;throw Error("Value passed to 'css' function must be a 'css' function result: "+o+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(r)+i[s+1],i[0]);return new U(t,i,wt)},Zt=(i,n)=>{if(it)i.adoptedStyleSheets=n.map(t=>t instanceof CSSStyleSheet?t:t.styleSheet);else for(let t of n){let e=document.createElement("style"),r=rt.litNonce;r!==void 0&&e.setAttribute("nonce",r),e.textContent=t.cssText,i.appendChild(e)}},$t=it?i=>i:i=>i instanceof CSSStyleSheet?(n=>{let t="";for(let e of n.cssRules)t+=e.cssText;return Jt(t)})(i):i;var{is:rn,defineProperty:sn,getOwnPropertyDescriptor:on,getOwnPropertyNames:an,getOwnPropertySymbols:ln,getPrototypeOf:hn}=Object,st=globalThis,Qt=st.trustedTypes,cn=Qt?Qt.emptyScript:"",dn=st.reactiveElementPolyfillSupport,W=(i,n)=>i,kt={toAttribute(i,n){switch(n){case Boolean:i=i?cn:null;break;case Object:case Array:i=i==null?i:JSON.stringify(i)}return i},fromAttribute(i,n){let t=i;switch(n){case Boolean:t=i!==null;break;case Number:t=i===null?null:Number(i);break;case Object:case Array:try{t=JSON.parse(i)}catch{t=null}}return t}},ee=(i,n)=>!rn(i,n),te={attribute:!0,type:String,converter:kt,reflect:!1,useDefault:!1,hasChanged:ee};Symbol.metadata??=Symbol("metadata"),st.litPropertyMetadata??=new WeakMap;var _=class extends HTMLElement{static addInitializer(n){this._$Ei(),(this.l??=[]).push(n)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(n,t=te){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(n)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(n,t),!t.noAccessor){let e=Symbol(),r=this.getPropertyDescriptor(n,e,t);r!==void 0&&sn(this.prototype,n,r)}}static getPropertyDescriptor(n,t,e){let{get:r,set:s}=on(this.prototype,n)??{get(){return this[t]},set(o){this[t]=o}};return{get:r,set(o){let a=r?.call(this);s?.call(this,o),this.requestUpdate(n,a,e)},configurable:!0,enumerable:!0}}static getPropertyOptions(n){return this.elementProperties.get(n)??te}static _$Ei(){if(this.hasOwnProperty(W("elementProperties")))return;let n=hn(this);n.finalize(),n.l!==void 0&&(this.l=[...n.l]),this.elementProperties=new Map(n.elementProperties)}static finalize(){if(this.hasOwnProperty(W("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(W("properties"))){let t=this.properties,e=[...an(t),...ln(t)];for(let r of e)this.createProperty(r,t[r])}let n=this[Symbol.metadata];if(n!==null){let t=litPropertyMetadata.get(n);if(t!==void 0)for(let[e,r]of t)this.elementProperties.set(e,r)}this._$Eh=new Map;for(let[t,e]of this.elementProperties){let r=this._$Eu(t,e);r!==void 0&&this._$Eh.set(r,t)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(n){let t=[];if(Array.isArray(n)){let e=new Set(n.flat(1/0).reverse());for(let r of e)t.unshift($t(r))}else n!==void 0&&t.push($t(n));return t}static _$Eu(n,t){let e=t.attribute;return e===!1?void 0:typeof e=="string"?e:typeof n=="string"?n.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(n=>this.enableUpdating=n),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(n=>n(this))}addController(n){(this._$EO??=new Set).add(n),this.renderRoot!==void 0&&this.isConnected&&n.hostConnected?.()}removeController(n){this._$EO?.delete(n)}_$E_(){let n=new Map,t=this.constructor.elementProperties;for(let e of t.keys())this.hasOwnProperty(e)&&(n.set(e,this[e]),delete this[e]);n.size>0&&(this._$Ep=n)}createRenderRoot(){let n=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return Zt(n,this.constructor.elementStyles),n}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(n=>n.hostConnected?.())}enableUpdating(n){}disconnectedCallback(){this._$EO?.forEach(n=>n.hostDisconnected?.())}attributeChangedCallback(n,t,e){this._$AK(n,e)}_$ET(n,t){let e=this.constructor.elementProperties.get(n),r=this.constructor._$Eu(n,e);if(r!==void 0&&e.reflect===!0){let s=(e.converter?.toAttribute!==void 0?e.converter:kt).toAttribute(t,e.type);this._$Em=n,s==null?this.removeAttribute(r):this.setAttribute(r,s),this._$Em=null}}_$AK(n,t){let e=this.constructor,r=e._$Eh.get(n);if(r!==void 0&&this._$Em!==r){let s=e.getPropertyOptions(r),o=typeof s.converter=="function"?{fromAttribute:s.converter}:s.converter?.fromAttribute!==void 0?s.converter:kt;this._$Em=r;let a=o.fromAttribute(t,s.type);this[r]=a??this._$Ej?.get(r)??a,this._$Em=null}}requestUpdate(n,t,e,r=!1,s){if(n!==void 0){let o=this.constructor;if(r===!1&&(s=this[n]),e??=o.getPropertyOptions(n),!((e.hasChanged??ee)(s,t)||e.useDefault&&e.reflect&&s===this._$Ej?.get(n)&&!this.hasAttribute(o._$Eu(n,e))))return;this.C(n,t,e)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(n,t,{useDefault:e,reflect:r,wrapped:s},o){e&&!(this._$Ej??=new Map).has(n)&&(this._$Ej.set(n,o??t??this[n]),s!==!0||o!==void 0)||(this._$AL.has(n)||(this.hasUpdated||e||(t=void 0),this._$AL.set(n,t)),r===!0&&this._$Em!==n&&(this._$Eq??=new Set).add(n))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(t){Promise.reject(t)}let n=this.scheduleUpdate();return n!=null&&await n,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[r,s]of this._$Ep)this[r]=s;this._$Ep=void 0}let e=this.constructor.elementProperties;if(e.size>0)for(let[r,s]of e){let{wrapped:o}=s,a=this[r];o!==!0||this._$AL.has(r)||a===void 0||this.C(r,void 0,s,a)}}let n=!1,t=this._$AL;try{n=this.shouldUpdate(t),n?(this.willUpdate(t),this._$EO?.forEach(e=>e.hostUpdate?.()),this.update(t)):this._$EM()}catch(e){throw n=!1,this._$EM(),e}n&&this._$AE(t)}willUpdate(n){}_$AE(n){this._$EO?.forEach(t=>t.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(n)),this.updated(n)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(n){return!0}update(n){this._$Eq&&=this._$Eq.forEach(t=>this._$ET(t,this[t])),this._$EM()}updated(n){}firstUpdated(n){}};_.elementStyles=[],_.shadowRootOptions={mode:"open"},_[W("elementProperties")]=new Map,_[W("finalized")]=new Map,dn?.({ReactiveElement:_}),(st.reactiveElementVersions??=[]).push("2.1.2");var Tt=globalThis,ne=i=>i,ot=Tt.trustedTypes,re=ot?ot.createPolicy("lit-html",{createHTML:i=>i}):void 0,he="$lit$",M=`lit$${Math.random().toFixed(9).slice(2)}$`,ce="?"+M,un=`<${ce}>`,O=document,V=()=>O.createComment(""),K=i=>i===null||typeof i!="object"&&typeof i!="function",Lt=Array.isArray,pn=i=>Lt(i)||typeof i?.[Symbol.iterator]=="function",_t=`[ 	
\f\r]`,j=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,ie=/-->/g,se=/>/g,R=RegExp(`>|${_t}(?:([^\\s"'>=/]+)(${_t}*=${_t}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),oe=/'/g,ae=/"/g,de=/^(?:script|style|textarea|title)$/i,Rt=i=>(n,...t)=>({_$litType$:i,strings:n,values:t}),b=Rt(1),g=Rt(2),pr=Rt(3),D=Symbol.for("lit-noChange"),p=Symbol.for("lit-nothing"),le=new WeakMap,C=O.createTreeWalker(O,129);function ue(i,n){if(!Lt(i)||!i.hasOwnProperty("raw"))throw Error("invalid template strings array");return re!==void 0?re.createHTML(n):n}var mn=(i,n)=>{let t=i.length-1,e=[],r,s=n===2?"<svg>":n===3?"<math>":"",o=j;for(let a=0;a<t;a++){let l=i[a],h,c,d=-1,m=0;for(;m<l.length&&(o.lastIndex=m,c=o.exec(l),c!==null);)m=o.lastIndex,o===j?c[1]==="!--"?o=ie:c[1]!==void 0?o=se:c[2]!==void 0?(de.test(c[2])&&(r=RegExp("</"+c[2],"g")),o=R):c[3]!==void 0&&(o=R):o===R?c[0]===">"?(o=r??j,d=-1):c[1]===void 0?d=-2:(d=o.lastIndex-c[2].length,h=c[1],o=c[3]===void 0?R:c[3]==='"'?ae:oe):o===ae||o===oe?o=R:o===ie||o===se?o=j:(o=R,r=void 0);let f=o===R&&i[a+1].startsWith("/>")?" ":"";s+=o===j?l+un:d>=0?(e.push(h),l.slice(0,d)+he+l.slice(d)+M+f):l+M+(d===-2?a:f)}return[ue(i,s+(i[t]||"<?>")+(n===2?"</svg>":n===3?"</math>":"")),e]},X=class i{constructor({strings:n,_$litType$:t},e){let r;this.parts=[];let s=0,o=0,a=n.length-1,l=this.parts,[h,c]=mn(n,t);if(this.el=i.createElement(h,e),C.currentNode=this.el.content,t===2||t===3){let d=this.el.content.firstChild;d.replaceWith(...d.childNodes)}for(;(r=C.nextNode())!==null&&l.length<a;){if(r.nodeType===1){if(r.hasAttributes())for(let d of r.getAttributeNames())if(d.endsWith(he)){let m=c[o++],f=r.getAttribute(d).split(M),x=/([.?@])?(.*)/.exec(m);l.push({type:1,index:s,name:x[2],strings:f,ctor:x[1]==="."?Mt:x[1]==="?"?Et:x[1]==="@"?At:F}),r.removeAttribute(d)}else d.startsWith(M)&&(l.push({type:6,index:s}),r.removeAttribute(d));if(de.test(r.tagName)){let d=r.textContent.split(M),m=d.length-1;if(m>0){r.textContent=ot?ot.emptyScript:"";for(let f=0;f<m;f++)r.append(d[f],V()),C.nextNode(),l.push({type:2,index:++s});r.append(d[m],V())}}}else if(r.nodeType===8)if(r.data===ce)l.push({type:2,index:s});else{let d=-1;for(;(d=r.data.indexOf(M,d+1))!==-1;)l.push({type:7,index:s}),d+=M.length-1}s++}}static createElement(n,t){let e=O.createElement("template");return e.innerHTML=n,e}};function N(i,n,t=i,e){if(n===D)return n;let r=e!==void 0?t._$Co?.[e]:t._$Cl,s=K(n)?void 0:n._$litDirective$;return r?.constructor!==s&&(r?._$AO?.(!1),s===void 0?r=void 0:(r=new s(i),r._$AT(i,t,e)),e!==void 0?(t._$Co??=[])[e]=r:t._$Cl=r),r!==void 0&&(n=N(i,r._$AS(i,n.values),r,e)),n}var St=class{constructor(n,t){this._$AV=[],this._$AN=void 0,this._$AD=n,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(n){let{el:{content:t},parts:e}=this._$AD,r=(n?.creationScope??O).importNode(t,!0);C.currentNode=r;let s=C.nextNode(),o=0,a=0,l=e[0];for(;l!==void 0;){if(o===l.index){let h;l.type===2?h=new q(s,s.nextSibling,this,n):l.type===1?h=new l.ctor(s,l.name,l.strings,this,n):l.type===6&&(h=new Pt(s,this,n)),this._$AV.push(h),l=e[++a]}o!==l?.index&&(s=C.nextNode(),o++)}return C.currentNode=O,r}p(n){let t=0;for(let e of this._$AV)e!==void 0&&(e.strings!==void 0?(e._$AI(n,e,t),t+=e.strings.length-2):e._$AI(n[t])),t++}},q=class i{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(n,t,e,r){this.type=2,this._$AH=p,this._$AN=void 0,this._$AA=n,this._$AB=t,this._$AM=e,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let n=this._$AA.parentNode,t=this._$AM;return t!==void 0&&n?.nodeType===11&&(n=t.parentNode),n}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(n,t=this){n=N(this,n,t),K(n)?n===p||n==null||n===""?(this._$AH!==p&&this._$AR(),this._$AH=p):n!==this._$AH&&n!==D&&this._(n):n._$litType$!==void 0?this.$(n):n.nodeType!==void 0?this.T(n):pn(n)?this.k(n):this._(n)}O(n){return this._$AA.parentNode.insertBefore(n,this._$AB)}T(n){this._$AH!==n&&(this._$AR(),this._$AH=this.O(n))}_(n){this._$AH!==p&&K(this._$AH)?this._$AA.nextSibling.data=n:this.T(O.createTextNode(n)),this._$AH=n}$(n){let{values:t,_$litType$:e}=n,r=typeof e=="number"?this._$AC(n):(e.el===void 0&&(e.el=X.createElement(ue(e.h,e.h[0]),this.options)),e);if(this._$AH?._$AD===r)this._$AH.p(t);else{let s=new St(r,this),o=s.u(this.options);s.p(t),this.T(o),this._$AH=s}}_$AC(n){let t=le.get(n.strings);return t===void 0&&le.set(n.strings,t=new X(n)),t}k(n){Lt(this._$AH)||(this._$AH=[],this._$AR());let t=this._$AH,e,r=0;for(let s of n)r===t.length?t.push(e=new i(this.O(V()),this.O(V()),this,this.options)):e=t[r],e._$AI(s),r++;r<t.length&&(this._$AR(e&&e._$AB.nextSibling,r),t.length=r)}_$AR(n=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);n!==this._$AB;){let e=ne(n).nextSibling;ne(n).remove(),n=e}}setConnected(n){this._$AM===void 0&&(this._$Cv=n,this._$AP?.(n))}},F=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(n,t,e,r,s){this.type=1,this._$AH=p,this._$AN=void 0,this.element=n,this.name=t,this._$AM=r,this.options=s,e.length>2||e[0]!==""||e[1]!==""?(this._$AH=Array(e.length-1).fill(new String),this.strings=e):this._$AH=p}_$AI(n,t=this,e,r){let s=this.strings,o=!1;if(s===void 0)n=N(this,n,t,0),o=!K(n)||n!==this._$AH&&n!==D,o&&(this._$AH=n);else{let a=n,l,h;for(n=s[0],l=0;l<s.length-1;l++)h=N(this,a[e+l],t,l),h===D&&(h=this._$AH[l]),o||=!K(h)||h!==this._$AH[l],h===p?n=p:n!==p&&(n+=(h??"")+s[l+1]),this._$AH[l]=h}o&&!r&&this.j(n)}j(n){n===p?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,n??"")}},Mt=class extends F{constructor(){super(...arguments),this.type=3}j(n){this.element[this.name]=n===p?void 0:n}},Et=class extends F{constructor(){super(...arguments),this.type=4}j(n){this.element.toggleAttribute(this.name,!!n&&n!==p)}},At=class extends F{constructor(n,t,e,r,s){super(n,t,e,r,s),this.type=5}_$AI(n,t=this){if((n=N(this,n,t,0)??p)===D)return;let e=this._$AH,r=n===p&&e!==p||n.capture!==e.capture||n.once!==e.once||n.passive!==e.passive,s=n!==p&&(e===p||r);r&&this.element.removeEventListener(this.name,this,e),s&&this.element.addEventListener(this.name,this,n),this._$AH=n}handleEvent(n){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,n):this._$AH.handleEvent(n)}},Pt=class{constructor(n,t,e){this.element=n,this.type=6,this._$AN=void 0,this._$AM=t,this.options=e}get _$AU(){return this._$AM._$AU}_$AI(n){N(this,n)}};var fn=Tt.litHtmlPolyfillSupport;fn?.(X,q),(Tt.litHtmlVersions??=[]).push("3.3.3");var pe=(i,n,t)=>{let e=t?.renderBefore??n,r=e._$litPart$;if(r===void 0){let s=t?.renderBefore??null;e._$litPart$=r=new q(n.insertBefore(V(),s),s,void 0,t??{})}return r._$AI(i),r};var Ct=globalThis,E=class extends _{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let n=super.createRenderRoot();return this.renderOptions.renderBefore??=n.firstChild,n}update(n){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(n),this._$Do=pe(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return D}};E._$litElement$=!0,E.finalized=!0,Ct.litElementHydrateSupport?.({LitElement:E});var gn=Ct.litElementPolyfillSupport;gn?.({LitElement:E});(Ct.litElementVersions??=[]).push("4.2.2");var Mr="Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");var me=new Set,fe="en";function bn(i){return me.add(i),()=>me.delete(i)}function u(i,n={}){let t=I[fe];return((n.n===1?t[`${i}#one`]:void 0)??t[i]??I.en[i]??i).replace(/\{(\w+)\}/g,(s,o)=>{let a=n[o];return a===void 0?s:typeof a=="number"?k(a):a})}function k(i,n){let t=n===void 0?{maximumFractionDigits:3}:{minimumFractionDigits:n,maximumFractionDigits:n};return new Intl.NumberFormat(fe,t).format(i)}function H(i,n=1){return u("unit.km_at",{km:k(i/1e3,n)})}function at(i){return Math.abs(i)<1e3?u("unit.m",{m:k(Math.round(i))}):u("unit.km",{km:k(i/1e3,1)})}var A=class extends E{connectedCallback(){super.connectedCallback(),this.stopWords=bn(()=>this.requestUpdate())}disconnectedCallback(){this.stopWords?.(),super.disconnectedCallback()}};function yn(i){return Number.isFinite(i)?Math.min(Math.max(i,.2),3):1.5}var lt=class{constructor(n){this.swap=n}get isOn(){return this.timer!==void 0}start(n){return this.stop(),matchMedia("(prefers-reduced-motion: reduce)").matches?!1:(this.timer=setInterval(this.swap,1e3/yn(n)),!0)}stop(){clearInterval(this.timer),this.timer=void 0}};var P=$`
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
`;var vn=["swipe","beside","blink"],Ot=class extends A{constructor(){super();this.blinker=new lt(()=>this.isAfter=!this.isAfter);this.onSlide=t=>{this.share=100-Number(t.target.value)};this.onPointer=t=>{if(this.way!=="swipe"||t.type==="pointermove"&&t.buttons!==1)return;let e=t.currentTarget;t.type==="pointerdown"&&e.setPointerCapture(t.pointerId),t.preventDefault();let{left:r,width:s}=e.getBoundingClientRect();this.share=Math.round(100*(1-Math.min(1,Math.max(0,(t.clientX-r)/s))))};this.way="swipe",this.share=50,this.isAfter=!0,this.isStill=!1,this.words=""}static{this.properties={way:{state:!0},share:{state:!0},isAfter:{state:!0},isStill:{state:!0},words:{}}}static{this.styles=[P,$`
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
    `]}disconnectedCallback(){this.blinker.stop(),super.disconnectedCallback()}render(){let t={swipe:u("swipe.swipe"),beside:u("swipe.beside"),blink:this.way==="blink"?u("swipe.stop"):u("swipe.blink")};return b`<div class="two ${this.way} ${this.isAfter?"":"first"}" @pointerdown=${this.onPointer} @pointermove=${this.onPointer}>
        <slot></slot><span class="edge" aria-hidden="true"></span>
      </div>
      ${this.way==="swipe"?b`<input type="range" min="0" max="100" .value=${String(100-this.share)} aria-label=${u("swipe.slider")} @input=${this.onSlide} />`:p}
      <div class="tools" role="group" aria-label=${u("swipe.way")}>
        ${vn.map(e=>b`<button type="button" aria-pressed=${this.way===e?"true":"false"} @click=${()=>this.choose(e)}>${t[e]}</button>`)}
      </div>
      ${this.isStill?b`<p class="small" role="status">${u("swipe.still")}</p>`:p}`}updated(){let t=this.renderRoot.querySelector(".two");t?.style.setProperty("--at",`${100-this.share}%`);let e=Number(this.querySelector("img")?.getAttribute("height")??0),[r=0,s=0,o=0]=this.words.split(" ").map(Number);!t||e<=0||(t.style.setProperty("--head",`${(100*r/e).toFixed(2)}%`),t.style.setProperty("--edge",`${(100*(r+o)/e).toFixed(2)}%`),t.style.setProperty("--foot",`${(100*s/e).toFixed(2)}%`))}choose(t){this.blinker.stop(),this.isAfter=!0,this.isStill=!1,t==="blink"&&(this.way==="blink"?t="swipe":this.blinker.start(1.5)||([t,this.isStill]=["beside",!0])),this.way=t}};customElements.define("vallum-compare",Ot);function ge(i){let n=JSON.parse(i||"{}");if(!n.extent||!n.words)return null;let t=n;return{...t,places:t.places.map(({name:e,other:r,at_m:s})=>({name:e,names:r?[r]:[],at_m:s})),statuses:t.statuses.map(e=>({...e,spans:e.spans.map(ht)})),things:t.things.map(wn),open:{bin_m:t.open.bin_m,bins:t.open.bins.map(ht)},pairs:t.pairs.map(e=>({...e,spans:e.spans.map(ht)})),claims:t.claims.map(e=>({...e,spans:e.spans.map(ht)})),line:t.line.map(e=>e.split(",").map(Number)),land:(t.base?.land??[]).map(Dt),countries:(t.base?.countries??[]).map(Dt)}}function ht(i){let[n=0,t=0]=i.split(" ").map(Number);return[n,t]}function Dt(i){return i===""?[]:i.split(";").map(n=>n.split(",").map(Number))}function wn(i){let[n="",t="",e="",r="0",s="0",o="-",a="-",l="",h="-1",c=""]=i.split(" "),d=m=>m==="-"?"":m;return{kind:n,change:t,held:e,span:[Number(r),Number(s)],first:d(o),last:d(a),id:l,chip:Number(h),parts:c===""?[]:c.split("|").map(Dt)}}var S={without:new Set,year:null};function T({without:i,year:n},t){return i.has(`kind:${t.kind}`)||i.has(`change:${t.change}`)||i.has(`held:${t.held}`)?!1:n===null?!0:t.last===""?!1:(t.first===""?Number(t.last.slice(0,4)):Number(t.first.slice(0,4)))<=n&&n<=Number(t.last.slice(0,4))}function be(i){let n=new Set;for(let{first:t,last:e}of i){if(e==="")continue;let r=Number(e.slice(0,4));for(let s=t===""?r:Number(t.slice(0,4));s<=r;s+=1)n.add(s)}return[...n].sort((t,e)=>t-e)}function ct(i,n){let t=[];for(let[e,r]of[...i].sort((s,o)=>s[0]-o[0])){let s=t.at(-1);s&&e<=s[1]+n?s[1]=Math.max(s[1],r):t.push([e,r])}return t}function ye(i,n,t){let e=({span:[r,s]})=>Math.max(0,r-n,n-s);return i.filter(r=>e(r)<=t).sort((r,s)=>e(r)-e(s)||r.span[0]-s.span[0])}function dt(i,n){return i.some(([t,e])=>t<=n&&n<e)}function xe(i,n){let t=0,e=i.length;for(;t<e;){let r=t+e>>1;(i[r]?.[2]??1/0)<n?t=r+1:e=r}return t}function z(i,n){let t=xe(i,n),e=i[t];if(e===void 0)return null;let r=i[t-1]??e,s=e[2]>r[2]?(n-r[2])/(e[2]-r[2]):0;return[r[0]+s*(e[0]-r[0]),r[1]+s*(e[1]-r[1])]}function Nt(i,[n,t]){let e=[z(i,n),z(i,t)],r=[];for(let s=xe(i,n);s<i.length;s+=1){let[o,a,l]=i[s]??[0,0,1/0];if(l>=t)break;l>n&&r.push([o,a])}return[...e[0]?[e[0]]:[],...r,...e[1]?[e[1]]:[]]}var G=class extends A{constructor(){super();this.onYear=t=>{let{value:e}=t.target;this.tell({...this.filter,year:e===""?null:Number(e)})};this.live=null,this.filter=S}static{this.properties={live:{attribute:!1},filter:{attribute:!1}}}static{this.styles=[P,$`
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
    `]}render(){let{live:t}=this;if(!t||t.things.length===0)return p;let e=be(t.things);if(Math.max(t.kinds.length,t.changes.length,t.helds.length,e.length)<2)return p;let r=t.things.filter(s=>T(this.filter,s)).length;return b`<details>
      <summary>${u("filter.title")} … <span role="status">${r===t.things.length?"":u("filter.shown",{n:r,all:t.things.length})}</span></summary>
      ${this.group(u("filter.kinds"),"kind",t.kinds)} ${this.group(u("filter.changes"),"change",t.changes)}
      ${this.group(u("filter.helds"),"held",t.helds)}
      <div class="row">
        ${e.length>1?b`<label
                >${u("filter.year")}
                <select @change=${this.onYear}>
                  <option value="" ?selected=${this.filter.year===null}>${u("filter.any")}</option>
                  ${e.map(s=>b`<option value=${s} ?selected=${this.filter.year===s}>${u("filter.in",{year:String(s)})}</option>`)}
                </select></label
              >`:p}
        <button type="button" @click=${()=>this.tell(S)}>${u("filter.all")}</button>
      </div>
    </details>`}group(t,e,r){return r.length<2?p:b`<fieldset>
      <legend>${t}</legend>
      ${r.map(({key:s,label:o})=>{let a=`${e}:${s}`;return b`<label
          ><input type="checkbox" name=${a} .checked=${!this.filter.without.has(a)} @change=${()=>this.toggle(a)} />${o}</label
        >`})}
    </fieldset>`}toggle(t){let e=new Set(this.filter.without);e.delete(t)||e.add(t),this.tell({...this.filter,without:e})}tell(t){this.dispatchEvent(new CustomEvent("filter",{detail:{filter:t},bubbles:!0,composed:!0}))}};customElements.define("vallum-filter",G);function y(i,n){let[t,e]=i.extent;return e>t?(n-t)/(e-t)*i.width:0}function Ft(i,n){let[t,e]=i.extent,r=t+(i.width>0?n/i.width:0)*(e-t);return Math.round(Math.min(e,Math.max(t,r)))}function we(i,n=84){let[t,e]=i.extent;if(e<=t||i.width<=0)return[];let r=(e-t)/i.width*n,s=10**Math.floor(Math.log10(r)),o=Math.max(100,([1,2,5,10].find(l=>l*s>=r)??10)*s),a=[];for(let l=Math.ceil(t/o)*o;l<=e;l+=o)a.push(l);return a}function $n(i){return/[\uac00-\ud7a3]/.test(i)?"hangul":/[\u3400-\u9fff\uf900-\ufaff]/.test(i)?"han":"latin"}var ve={en:["latin","hangul","han"],ko:["hangul","han","latin"],"zh-Hans":["han","latin","hangul"]};function ut(i,n){let t=[i.name,...i.names].filter(r=>r!==""),e=[];for(let r of ve[n]??ve.en??[]){let s=t.find(o=>$n(o)===r);s!==void 0&&e.length<2&&e.push(s)}return e}function $e(i,n,t,e,r=12){let s=[],o=(l,h)=>l.width<=n.width&&s.every(c=>c===h||l.x+l.width+r<=c.x||c.x+c.width+r<=l.x),a=(l,h)=>{let c=e(h),d=y(n,l.at_m),m=Math.max(0,Math.min(n.width-c,d-c/2));return{place:l,text:h,x:m,width:c,tick:d}};for(let l of i){if(l.at_m<n.extent[0]||l.at_m>n.extent[1])continue;let[h]=ut(l,t);if(h===void 0)continue;let c=a(l,h);o(c,null)&&s.push(c)}return s.forEach((l,h)=>{let c=ut(l.place,t);if(c.length<2)return;let d=a(l.place,c.join(" "));o(d,l)&&(s[h]=d)}),s.sort((l,h)=>l.x-h.x)}function ke(i,n,t,e){let s={ArrowLeft:-e,ArrowDown:-e,ArrowRight:e,ArrowUp:e,PageDown:-10*e,PageUp:10*e,Home:-1/0,End:1/0}[i];return s===void 0?null:Math.round(Math.min(t[1],Math.max(t[0],n+s)))}var kn=20,_n=34;var B=class extends A{constructor(){super();this.sizes=new ResizeObserver(([t])=>{if(!t)return;let e=Math.floor(t.contentRect.width);requestAnimationFrame(()=>{this.width=e})});this.width=0}static{this.properties={width:{state:!0}}}connectedCallback(){super.connectedCallback(),this.sizes.observe(this)}disconnectedCallback(){this.sizes.disconnect(),super.disconnectedCallback()}};function Ht(i,n,{tick:t=4,words:e=16}={}){return we(i).map(r=>{let s=y(i,r),o=s<kn?"start":s>i.width-_n?"end":"middle",a=k(r/1e3,r%1e3===0?0:1);return g`<line class="tick" x1=${s} x2=${s} y1=${n} y2=${n+t}></line>
      <text class="axis" x=${s} y=${n+e} text-anchor=${o}>${u("unit.km",{km:a})}</text>`})}function _e(i,n=120){let t=i*n,e=10**Math.floor(Math.log10(t)),r=([5,2,1].find(s=>s*e<=t)??1)*e;return{length_m:r,width_px:r/i}}function v({view:i,width:n,height:t,narrow:e},[r,s]){return[n/2+(r-i.middle[0])*e*i.each,t/2-(s-i.middle[1])*i.each]}function Y({view:i,width:n,height:t,narrow:e},r,s){return[i.middle[0]+(r-n/2)/(e*i.each),i.middle[1]-(s-t/2)/i.each]}function pt({view:i}){return 111320/i.each}function Se(i,n,t,e,r){let s=Y(i,t,e),o=Math.min(111320/.5,Math.max(r,i.view.each*n)),a=s[0]-(t-i.width/2)/(i.narrow*o),l=s[1]+(e-i.height/2)/o;return{middle:[a,l],each:o}}function zt(i,n,t){let e=[.005,.01,.02,.05,.1,.2,.5,1,2,5,10].find(s=>(n-i)/s<=t)??20,r=[];for(let s=Math.ceil(i/e);s*e<=n;s+=1)r.push(Math.round(s*e*1e3)/1e3);return r}function mt(i,n){let t=new AbortController,{signal:e}=t,r=new Map,s=!1,o=a=>{let l=i.getBoundingClientRect();return[a.clientX-l.left,a.clientY-l.top]};return i.addEventListener("pointerdown",a=>{a.button===0&&(r.size===0&&(s=!1),r.set(a.pointerId,o(a)))},{signal:e}),i.addEventListener("pointermove",a=>{let[l,h]=o(a),c=r.get(a.pointerId);if(!c){a.pointerType==="mouse"&&n.over?.([l,h]);return}let[d,m]=[l-c[0],h-c[1]];if(!s&&Math.hypot(d,m)<6)return;s||i.setPointerCapture(a.pointerId),s=!0;let f=Me(r);r.set(a.pointerId,[l,h]),n.panBy(d/r.size,m/r.size);let x=Me(r);f!==null&&x!==null&&f>0&&n.zoomBy(x/f,...Sn(r))},{signal:e}),i.addEventListener("pointerup",a=>{r.delete(a.pointerId)&&!s&&r.size===0&&n.press(...o(a))},{signal:e}),i.addEventListener("pointercancel",a=>{r.delete(a.pointerId)},{signal:e}),i.addEventListener("pointerleave",()=>n.over?.(null),{signal:e}),i.addEventListener("wheel",a=>{if(!a.ctrlKey&&!a.metaKey){if(Math.abs(a.deltaX)<=Math.abs(a.deltaY))return;a.preventDefault(),n.panBy(-a.deltaX,0);return}a.preventDefault(),n.zoomBy(2**(-a.deltaY/300),...o(a))},{signal:e,passive:!1}),()=>t.abort()}function Me(i){let[n,t]=[...i.values()];return n&&t?Math.hypot(n[0]-t[0],n[1]-t[1]):null}function Sn(i){let[n=[0,0],t=n]=[...i.values()];return[(n[0]+t[0])/2,(n[1]+t[1])/2]}var Ee=.7,Ae=2,Pe=.1;function Te(i){let n=new Map;for(let{kind:t,held:e,change:r,parts:s}of i){if(s.length===0)continue;let o=e==="confirmed"&&r!=="removed"&&r!=="unchanged",a=n.get(t)??[[],[]];n.set(t,a),a[o?1:0].push({parts:s,box:Mn(s)})}return n}function Mn(i){let n=[1/0,1/0,-1/0,-1/0];for(let t of i)for(let[e,r]of t)n[0]=Math.min(n[0],e),n[1]=Math.min(n[1],r),n[2]=Math.max(n[2],e),n[3]=Math.max(n[3],r);return n}function Le(i,[n,t,e,r]){let[s,o]=v(i,[n,t]),[a,l]=v(i,[e,r]),[h,c]=[i.width*Pe,i.height*Pe];return a>=-h&&s<=i.width+h&&o>=-c&&l<=i.height+c}function ft(i,n){let t="",[e,r]=[1/0,1/0];return i.forEach((s,o)=>{let[a,l]=v(n,s);!(o===0||o===i.length-1)&&Math.abs(a-e)<Ee&&Math.abs(l-r)<Ee||(t+=`${o===0?"M":"L"}${a.toFixed(1)} ${l.toFixed(1)}`,[e,r]=[a,l])}),t}function Re(i,n){let t=new Set,e="";for(let{parts:r,box:s}of i){let[o,a]=v(n,[s[0],s[1]]),[l,h]=v(n,[s[2],s[3]]);if(l-o>=Ae||a-h>=Ae)for(let c of r)c.length>1&&(e+=ft(c,n));else Oe(t,o,h)&&(e+=`M${o.toFixed(1)} ${a.toFixed(1)}L${Math.max(l,o+1).toFixed(1)} ${h.toFixed(1)}`)}return e}function Ce(i,n){let t=new Set,e="";for(let{parts:r}of i)for(let[s]of r){if(s===void 0)continue;let[o,a]=v(n,s);Oe(t,o,a)&&(e+=`M${o.toFixed(1)} ${a.toFixed(1)}h0`)}return e}function Oe(i,n,t){let e=Math.round(n)*65536+Math.round(t);return i.has(e)?!1:(i.add(e),!0)}var En=6e4,An={sea:{fill:"--sea"},"sea plain":{fill:"--land"},land:{fill:"--land"},grid:{stroke:"--line",width:1},country:{stroke:"--soft",width:.8,dash:[4,2,1,2]},"line said":{stroke:"--unsure",width:11,alpha:.35},"line plain":{stroke:"--ink",width:1},"line changed":{stroke:"--changed",width:5},"line unchanged":{stroke:"--hatch",width:2.6},"line indeterminate":{stroke:"--unsure",width:4,dash:[2,2]},"line not_examined":{stroke:"--ink",width:2.4,dash:[1,3]},"line not_comparable":{stroke:"--alarm",width:2,dash:[6,4]},thing:{stroke:"",width:2.4},"thing other":{stroke:"",width:1.6,dash:[4,2]},dots:{stroke:"",cap:"round"}};function De(i){return i.reduce((n,{d:t})=>n+t.length,0)>En}function Ne({look:i,d:n,colour:t,width:e}){return i==="land"?g`<path class=${i} fill-rule="evenodd" d=${n}></path>`:t===void 0?g`<path class=${i} d=${n}></path>`:e===void 0?g`<path class=${i} stroke=${t} d=${n}></path>`:g`<path class=${i} stroke=${t} stroke-width=${e} d=${n}></path>`}function Fe(i,n,t){for(let{look:e,d:r,colour:s="",width:o}of n){let a=An[e];if(!a||r==="")continue;let l=h=>h===""?s:t(h);a.fill!==void 0&&(i.fillStyle=l(a.fill),i.fill(new Path2D(r),"evenodd")),a.stroke!==void 0&&(i.strokeStyle=l(a.stroke),i.lineWidth=o??a.width??1,i.lineCap=a.cap??"butt",i.lineJoin=e.startsWith("line")?"round":"miter",i.globalAlpha=a.alpha??1,i.setLineDash(a.dash??[]),a.cap==="round"?Pn(i,r):i.stroke(new Path2D(r)),i.globalAlpha=1)}i.setLineDash([])}function Pn(i,n){let t=i.getTransform().a||1,e=Math.ceil(i.lineWidth)+2,r=document.createElement("canvas");r.width=r.height=Math.round(e*t);let s=r.getContext("2d",{willReadFrequently:!0});if(s){s.scale(r.width/e,r.height/e),s.fillStyle=i.strokeStyle,s.arc(e/2,e/2,i.lineWidth/2,0,2*Math.PI),s.fill();for(let o of n.slice(1).split("M")){let[a,l]=o.replace("h0","").split(" ").map(Number);a!==void 0&&l!==void 0&&i.drawImage(r,a-e/2,l-e/2,e,e)}}}var Tn=520,Ln=260,Rn=.08,J=30,gt=70,Cn=120,Bt=5,He=["not_comparable","unchanged","not_examined","indeterminate","changed"],On=["land","countries","known","things","said","names","grid"],Z=class extends B{constructor(){super();this.lines=[];this.sorted=new Map;this.onKey=t=>{if(t.ctrlKey||t.metaKey||t.altKey)return;let r={ArrowLeft:()=>this.move(gt,0),ArrowRight:()=>this.move(-gt,0),ArrowUp:()=>this.move(0,gt),ArrowDown:()=>this.move(0,-gt),"+":()=>this.zoom(2),"=":()=>this.zoom(2),"-":()=>this.zoom(.5),0:()=>this.view=null}[t.key];r&&(t.preventDefault(),r())};this.live=null,this.filter=S,this.at_m=null,this.view=null,this.off=new Set}static{this.properties={live:{attribute:!1},filter:{attribute:!1},at_m:{attribute:!1},view:{state:!0},off:{state:!0}}}static{this.styles=[P,$`
      .glass {
        touch-action: pan-y;
        cursor: grab;
        border: 1px solid var(--soft);
        overflow: hidden;
      }
      .glass > svg {
        overflow: hidden;
      }
      .glass > canvas {
        position: absolute;
        will-change: transform;
      }
      .glass > canvas + svg {
        position: relative;
        will-change: transform;
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
    `]}get high(){return Math.round(Math.min(Tn,Math.max(Ln,this.width*.62)))}get whole(){let t=this.live?.line??[],[e,r]=[t.map(([x])=>x),t.map(([,x])=>x)],[s,o,a,l]=[Math.min(...e),Math.max(...e),Math.min(...r),Math.max(...r)],h=[(s+o)/2,(a+l)/2],c=Math.cos(h[1]*Math.PI/180),d=Math.max(1,this.width-2),m=1-2*Rn,f=Math.min(d*m/Math.max(1e-6,(o-s)*c),this.high*m/Math.max(1e-6,l-a));return{view:{middle:h,each:f},width:d,height:this.high,narrow:c}}get frame(){let t=this.whole;return this.view?{...t,view:this.view}:t}willUpdate(t){(t.has("live")||t.has("filter"))&&(this.sorted=Te((this.live?.things??[]).filter(e=>T(this.filter,e)))),t.has("at_m")&&this.live&&this.at_m!==null&&this.width>0&&this.show(this.at_m)}show(t){let e=z(this.live?.line??[],t);if(!e)return;let{frame:r}=this,[s,o]=v(r,e);(s<J||o<J||s>r.width-J||o>r.height-J)&&(this.view={middle:e,each:r.view.each})}updated(){this.paintMany();let t=this.renderRoot.querySelector(".glass");!t||this.release||(this.release=mt(t,{panBy:(e,r)=>this.move(e,r),zoomBy:(e,r,s)=>this.zoom(e,r,s),press:(e,r)=>this.press(e,r)}))}disconnectedCallback(){this.release?.(),this.release=void 0,super.disconnectedCallback()}move(t,e){let{frame:r}=this;this.view={middle:Y(r,r.width/2-t,r.height/2-e),each:r.view.each}}zoom(t,e=this.width/2,r=this.high/2){this.view=Se(this.frame,t,e,r,this.whole.view.each*.6)}press(t,e){let r=1/0,s=null;for(let[o,a,l]of this.live?.line??[]){let[h,c]=v(this.frame,[o,a]),d=Math.hypot(h-t,c-e);d<r&&([r,s]=[d,l])}s!==null&&r<J*2&&(this.at_m=s,this.dispatchEvent(new CustomEvent("choose",{detail:{at_m:s},bubbles:!0,composed:!0})))}render(){let{live:t}=this;if(!t||t.line.length<2||this.width<80)return p;let{frame:e}=this;this.lines=this.strokes(t,e);let r=De(this.lines),s=`${u("map.label")}. ${this.at_m===null?"":H(this.at_m)}`;return b`<div class="tools">
        <button type="button" @click=${()=>this.zoom(2)}>+<span class="hidden">${u("zoom.in")}</span></button>
        <button type="button" @click=${()=>this.zoom(.5)}>−<span class="hidden">${u("zoom.out")}</span></button>
        <button type="button" ?disabled=${this.view===null} @click=${()=>this.view=null}>${u("zoom.all")}</button>
      </div>
      <div class="glass" role="application" tabindex="0" aria-label=${s} @keydown=${this.onKey}>
        ${r?b`<canvas aria-hidden="true"></canvas>`:p}<svg width=${e.width} height=${e.height} aria-hidden="true">${r?p:this.lines.map(Ne)} ${this.words(t,e)}</svg>
      </div>
      <fieldset>
        <legend>${u("map.layers")}</legend>
        ${this.layers(t).map(o=>b`<label
            ><input type="checkbox" .checked=${!this.off.has(o)} @change=${()=>this.toggle(o)} />${u(`map.${o}`)}</label
          >`)}
      </fieldset>
      ${this.legend(t)}
      <p class="small">${t.disclaimer}</p>
      <p class="small">${u("map.how")}</p>`}layers(t){let e={land:t.land.length===0,countries:t.countries.length===0,known:t.statuses.length===0,said:t.claims.length===0,names:t.places.length===0,things:t.things.length===0};return On.filter(r=>!e[r])}legend(t){return b`<p class="small">
      ${t.statuses.map(({key:e,label:r})=>b`<span class="entry"><svg class="swatch" width="26" height="10" aria-hidden="true">
            ${g`<line class="line ${e}" x1="0" x2="26" y1="5" y2="5"></line>`}
          </svg>
          ${r}</span>`)}
      <span class="entry">${u("map.other")}</span>
    </p>`}toggle(t){let e=new Set(this.off);e.delete(t)||e.add(t),this.off=e}strokes(t,e){let r=l=>!this.off.has(l),s=pt(e)>Cn&&t.land.length>0,o=l=>l.map(h=>ft(h,e)).join(""),a=(l,h)=>l?h():[];return[{look:s&&r("land")?"sea":"sea plain",d:`M0 0h${e.width}v${e.height}h${-e.width}z`},...a(s&&r("land"),()=>[{look:"land",d:t.land.map(l=>`${ft(l,e)}z`).join("")}]),...a(r("grid"),()=>[{look:"grid",d:this.grid(e).lines}]),...a(s&&r("countries"),()=>[{look:"country",d:o(t.countries)}]),...a(r("said"),()=>[{look:"line said",d:o(t.claims.flatMap(({spans:l})=>l.map(h=>Nt(t.line,h))))}]),{look:"line plain",d:o([t.line.map(([l,h])=>[l,h])])},...a(r("known"),()=>this.known(t,e,o)),...a(r("things"),()=>this.found(t,e))]}words(t,e){let r=s=>v(e,s);return[this.off.has("grid")?p:this.grid(e).labels,this.off.has("names")?p:this.names(t,r),this.marker(t,r),this.furniture(e)]}known(t,e,r){let s=pt(e)*.25;return[...t.statuses].sort((o,a)=>He.indexOf(o.key)-He.indexOf(a.key)).map(({key:o,spans:a})=>({look:`line ${o}`,d:r(ct(a,s).map(l=>Nt(t.line,l)))}))}found(t,e){let r=[];for(let{key:s,colour:o,is_line:a}of t.kinds)for(let l of[!1,!0]){let h=(this.sorted.get(s)?.[l?1:0]??[]).filter(({box:c})=>Le(e,c));if(a)r.push({look:l?"thing":"thing other",colour:o,d:Re(h,e)});else{let c=Ce(h,e);r.push({look:"dots",colour:l?"#fff":o,width:Bt+2,d:c}),r.push({look:"dots",colour:l?o:"#fff",width:l?Bt:Bt-1,d:c})}}return r}grid(t){let[e,r]=Y(t,0,0),[s,o]=Y(t,t.width,t.height),a=[],l="";for(let h of zt(e,s,6)){let[c]=v(t,[h,o]);l+=`M${c.toFixed(1)} 0v${t.height}`,a.push(g`<text class="degree" x=${c+3} y="12">${Math.abs(h)}°${h<0?"W":"E"}</text>`)}for(let h of zt(o,r,5)){let[,c]=v(t,[e,h]);l+=`M0 ${c.toFixed(1)}h${t.width}`,c<=t.height-48&&a.push(g`<text class="degree" x="3" y=${c-3}>${Math.abs(h)}°${h<0?"S":"N"}</text>`)}return{lines:l,labels:a}}paintMany(){let t=this.renderRoot.querySelector(".glass > canvas"),{frame:e}=this,r=t?.getContext("2d",{willReadFrequently:!0});if(!t||!r)return;let s=window.devicePixelRatio||1,[o,a]=[Math.round(e.width*s),Math.round(e.height*s)];(t.width!==o||t.height!==a)&&([t.width,t.height]=[o,a],t.style.width=`${e.width}px`,t.style.height=`${e.height}px`),r.setTransform(s,0,0,s,0,0);let l=getComputedStyle(this);Fe(r,this.lines,h=>l.getPropertyValue(h).trim())}names(t,e){let r=[],s=document.documentElement.lang,o=[];for(let a of t.places){let l=z(t.line,a.at_m);if(!l)continue;let[h,c]=e(l);if(h<0||c<0||h>this.width||c>this.high)continue;let d=ut(a,s).join(" "),m=[...d].reduce((nt,vt)=>nt+(vt>"⺀"?13:7),0),f=h+8+m>this.width-4,x=f?h-8-m:h+8;r.some(([nt,vt,en])=>Math.abs(vt-c)<17&&x<nt+en+6&&nt<x+m+6)||(r.push([x,c,m]),o.push(g`<circle class="spot" cx=${h} cy=${c} r="3"></circle>
        <text class="halo" x=${f?h-8:h+8} y=${c+4} text-anchor=${f?"end":"start"}>${d}</text>`))}return o}marker(t,e){let r=this.at_m===null?null:z(t.line,this.at_m);if(!r||this.at_m===null)return p;let[s,o]=e(r);return g`<circle class="here" cx=${s} cy=${o} r="11"></circle>
      <text class="halo" x=${s} y=${o-16} text-anchor="middle">${H(this.at_m)}</text>`}furniture(t){let{length_m:e,width_px:r}=_e(pt(t)),[s,o]=[12,t.height-14];return g`<path class="scale" d="M${s} ${o-5}v5h${r}v-5"></path>
      <text class="halo" x=${s} y=${o-10}>${e<1e3?at(e):u("unit.km",{km:k(e/1e3)})}</text>
      <path class="spot" d="M${t.width-20} ${t.height-34}l-6 20 6 -5 6 5z"></path>
      <text class="halo" x=${t.width-20} y=${t.height-38} text-anchor="middle"><title>${u("map.north")}</title>N</text>`}};customElements.define("vallum-linemap",Z);function It(i,n=0){let t=[],e=i.map((s,o)=>o).sort((s,o)=>(i[s]?.[0]??0)-(i[o]?.[0]??0)),r=new Array(i.length).fill(0);for(let s of e){let[o,a]=i[s]??[0,0],l=t.findIndex(h=>h+n<=o);l<0&&(l=t.length),t[l]=a,r[s]=l}return r}function ze(i,n,t,e,r=6){let s="",o=Math.ceil((i+n)/r)*r;for(let a=o;a<i+t+n+e;a+=r){let l=Math.max(i,a-(n+e)),h=Math.min(i+t,a-n);h>l&&(s+=`M${l.toFixed(1)} ${(a-l).toFixed(1)}L${h.toFixed(1)} ${(a-h).toFixed(1)}`)}return s}var Dn=600,Ue=60,bt=6,Nn={"":{fill:""},hatch:{stroke:"--hatch",width:1},"st changed":{fill:"--changed"},"st unchanged":{fill:"--same"},"st indeterminate":{fill:"--unsure-wash",stroke:"--unsure",width:.7},"st not_examined":{fill:"--paper",stroke:"--soft",width:.7},"st edge-only":{stroke:"--hatch",width:1},"st-mark not_examined":{stroke:"--soft",width:1},"st-mark indeterminate":{stroke:"--unsure",width:1.5,dash:[1.5,3]},old:{fill:"--old"},unsure:{fill:"--paper",stroke:"",width:1.4,dash:[3,2]},gone:{fill:"--paper",stroke:"",width:1.8},open:{fill:"--paper",stroke:"--soft",width:1}};function We(i){return i.reduce((n,{boxes:t})=>n+t.length,0)>Dn}function Ut(i){return i.map(([n,t,e,r])=>`M${n.toFixed(1)} ${Be(t)}h${e.toFixed(1)}v${Be(r)}h${(-e).toFixed(1)}z`).join("")}function Be(i){return Number.isInteger(i)?String(i):i.toFixed(1)}function Q({look:i,boxes:n,colour:t,fill:e,step:r=bt}){if(e==="hatch")return g`<path class=${i} d=${n.map(o=>ze(...o)).join("")}></path>`;if(e==="across")return g`<path class=${i} d=${n.map(o=>Fn(o,r)).join("")}></path>`;let s=Ut(n);return t===void 0?g`<path class=${i} d=${s}></path>`:i===""?g`<path fill=${t} d=${s}></path>`:g`<path class=${i} stroke=${t} d=${s}></path>`}function Fn([i,n,t,e],r){let s="";for(let o=n+r/2;o<n+e;o+=r)s+=`M${i.toFixed(1)} ${o}h${t.toFixed(1)}`;return s}function je(i,n,t){for(let e of n){let r=Nn[e.look];if(!r||e.boxes.length===0)continue;let s=o=>o===""?e.colour??"":t(o);if(e.fill==="hatch"){Ie(i,e.boxes,zn(i,s(r.stroke??"")));continue}if(e.fill==="across"){Hn(i,e,r,s);continue}if(r.fill!==void 0&&Ie(i,e.boxes,s(r.fill)),r.stroke!==void 0){i.strokeStyle=s(r.stroke),i.lineWidth=r.width??1,i.setLineDash(r.dash&&e.boxes.length<=Ue?r.dash:[]);for(let o of e.boxes)i.strokeRect(...o);i.setLineDash([])}}}function Ie(i,n,t){i.fillStyle=t;for(let e of n)i.fillRect(...e)}function Hn(i,{boxes:n,step:t=bt},e,r){let s=e.width??1;i.fillStyle=r(e.stroke??"");let[o=0,a=0]=n.length<=Ue?e.dash??[]:[];for(let[l,h,c,d]of n)for(let m=h+t/2;m<h+d;m+=t)if(o===0)i.fillRect(l,m-s/2,c,s);else for(let f=l;f<l+c;f+=o+a)i.fillRect(f,m-s/2,Math.min(o,l+c-f),s)}function zn(i,n){let t=i.getTransform().a||1,e=4*bt,r=document.createElement("canvas");r.width=r.height=Math.round(e*t);let s=r.getContext("2d");if(!s)return n;s.scale(r.width/e,r.height/e),s.strokeStyle=n,s.lineWidth=1,s.beginPath();for(let a=0;a<=2*e;a+=bt)s.moveTo(a+1,-1),s.lineTo(-1,a+1);s.stroke();let o=i.createPattern(r,"repeat");return o?.setTransform(new DOMMatrix([e/r.width,0,0,e/r.height,0,0])),o??n}var w=16,Bn=17,In=5,tt=26,Un=3,Wt=new Set(["unchanged"]);function jt(i,n,t,e){let r=[],s=t,o=(a,l,h,c)=>{e&&(s+=Bn),r.push({key:a,label:l,y:s,high:h,...c(s)}),s+=h+In};i.statuses.length>0&&o("known",u("strip.known"),w,a=>({marks:l=>jn(i,l,a)}));for(let a of i.kinds){let l=n.filter(c=>c.kind===a.key),h=a.is_line?w:tt;o(`kind:${a.key}`,a.label,h,c=>({marks:d=>a.is_line?Vn(l,a,d,c):Kn(l,a,d,c),...a.is_line?{}:{over:d=>Xn(d,c)}}))}if(i.open.bins.length>0&&o("open",u("strip.open"),w,a=>({marks:l=>qn(i,l,a)})),i.claims.length>0){let a=w*Math.min(3,Gn(i.claims));o("said",u("strip.said"),a,l=>({marks:()=>[],over:h=>Yn(i.claims,h,l,a)}))}return r}function Ve(i,n){return i.map(t=>[t.over?.(n)??p,t.marks(n).map(Q)])}function Vt(i,n){let t=i.at(-1);return t?t.y+t.high:n}function L(i,n,t,e,r=.7){return Wn(i,n,r).map(([s,o])=>[s,t,o,e])}function Wn(i,n,t){let e=(n.extent[1]-n.extent[0])/Math.max(1,n.width),r=i.filter(([s,o])=>o>=n.extent[0]&&s<=n.extent[1]);return ct(r,e*.25).map(([s,o])=>{let a=Math.max(0,y(n,s)),l=Math.min(n.width,y(n,o)),h=Math.max(t,l-a);return[Math.min(a,n.width-h),h]})}function Kt(i,n,t,e){let r=i.statuses.find(({key:s})=>s==="not_comparable")?.spans??[];return{look:"hatch",fill:"hatch",boxes:L(r,n,t,e,1)}}function jn(i,n,t){return i.statuses.flatMap(({key:e,spans:r})=>{let s=L(r,n,t,w);if(e==="not_comparable")return[{look:"st edge-only",boxes:s}];if(e!=="not_examined"&&e!=="indeterminate")return[{look:`st ${e}`,boxes:s}];let o={look:`st-mark ${e}`,fill:"across",step:e==="not_examined"?4:5,boxes:L(r,n,t,w,1)};return[{look:`st ${e}`,boxes:s},o]})}function Vn(i,n,t,e){let r=c=>i.filter(c).map(({span:d})=>d),s=({held:c})=>c==="confirmed",o=r(c=>c.held==="imported"||s(c)&&Wt.has(c.change)),a=r(c=>s(c)&&!Wt.has(c.change)&&c.change!=="removed"),l=r(c=>s(c)&&c.change==="removed"),h=r(({held:c})=>c==="indeterminate"||c==="disputed");return[{look:"old",boxes:L(o,t,e+5,w-5)},{look:"unsure",colour:n.colour,boxes:L(h,t,e+2,w-4,2)},{look:"",colour:n.colour,boxes:L(a,t,e,w,1)},{look:"gone",colour:n.colour,boxes:L(l,t,e+1,w-2,2)}]}function Kn(i,n,t,e){let r=Math.max(1,Math.floor(t.width/(Un+1))),s=new Map;for(let{span:h,change:c,held:d}of i){let m=Math.floor(y(t,(h[0]+h[1])/2)/t.width*r);if(m<0||m>=r)continue;let f=s.get(m)??{built:0,old:0,other:0};s.set(m,f),d==="imported"||d==="confirmed"&&Wt.has(c)?f.old+=1:d==="confirmed"&&c!=="removed"?f.built+=1:f.other+=1}let o=Math.max(1,...[...s.values()].map(({built:h,old:c,other:d})=>h+c+d)),a={built:[],old:[],other:[]},l=t.width/r-1;for(let[h,c]of s){let d=e+tt;for(let m of["built","old","other"]){if(c[m]===0)continue;let f=Math.max(3,c[m]/o*(tt-2));a[m].push([h/r*t.width,d-f,l,f]),d=Math.max(e+3,d-f)}}return[{look:"",colour:n.colour,boxes:a.built},{look:"old",boxes:a.old},{look:"gone",colour:n.colour,boxes:a.other}]}function Xn(i,n){return g`<line class="base" x1="0" x2=${i.width} y1=${n+tt} y2=${n+tt}></line>`}function qn({open:{bin_m:i,bins:n},extent:t},e,r){let s=Math.max(1,...n.map(([,a])=>a)),o=[];for(let[a,l]of n){let h=Math.max(0,y(e,t[0]+a*i)),c=Math.min(e.width,y(e,t[0]+(a+1)*i));if(c<=h)continue;let d=Math.max(3,l/s*(w-1));o.push([h,r+w-d,Math.max(1,c-h),d])}return[{look:"open",boxes:o}]}function Gn(i){return Math.max(...It(i.map(({spans:n})=>Ke(n))))+1}function Ke(i){return[Math.min(...i.map(([n])=>n)),Math.max(...i.map(([,n])=>n))]}function Yn(i,n,t,e){let r=It(i.map(({spans:o})=>Ke(o))),s=e/(Math.max(...r)+1);return i.map(({status:o,spans:a},l)=>{let h=Ut(L(a,n,t+(r[l]??0)*s+1,Math.max(2,s-3),4));return g`<path class="told ${o}" d=${h}></path>`})}function Xe(i,n){let t=(l,h)=>l.find(c=>c.key===h)?.label??h,[e,r]=n.span,s=r-e>=1e3?1:3,o=k(e/1e3,s),a=r-e<=1?o:`${o}–${k(r/1e3,s)}`;return{what:`${t(i.kinds,n.kind)}: ${t(i.changes,n.change)}`,held:t(i.helds,n.held),where:u("unit.km_at",{km:a}),when:Jn(n)}}function Jn({first:i,last:n}){return n===""?u("strip.undated"):i===""?u("strip.by",{last:n}):u("strip.built",{first:i,last:n})}function qe(i,n,t,e=.5,r=200){let[s,o]=i,a=s+e*(o-s),l=Math.min(n[1]-n[0],Math.max(Math.min(r,n[1]-n[0]),(o-s)/t));return Ye([a-e*l,a+(1-e)*l],n)}function Xt(i,n,t){return Ye([i[0]+t,i[1]+t],n)}function Ge(i,n,t){let e=(i[1]-i[0])*.04;return t>=i[0]+e&&t<=i[1]-e?i:Xt(i,n,t-(i[0]+i[1])/2)}function Ye([i,n],t){let e=Math.min(n-i,t[1]-t[0]),r=Math.min(t[1]-e,Math.max(t[0],i));return[r,r+e]}var Zn=20,Qn=10,yt=22,Je=190,tr=720,xt=6,er=.006,nr="12.5px system-ui, sans-serif",Ze="600 12.5px system-ui, sans-serif",et=class extends B{constructor(){super();this.things=[];this.laid=null;this.onKey=t=>{if(!this.live||t.ctrlKey||t.metaKey||t.altKey)return;let r={"+":()=>this.zoom(2),"=":()=>this.zoom(2),"-":()=>this.zoom(.5),0:()=>this.shown=this.live?.extent??this.shown,n:()=>this.step(1),p:()=>this.step(-1)}[t.key],s=ke(t.key,this.at_m??this.shown[0],this.live.extent,Math.max(1,this.perPixel*4));!r&&s===null||(t.preventDefault(),r?r():s!==null&&this.choose(s))};this.live=null,this.filter=S,this.at_m=null,this.shown=[0,1],this.over_m=null}static{this.properties={live:{attribute:!1},filter:{attribute:!1},at_m:{attribute:!1},shown:{state:!0},over_m:{state:!0}}}static{this.styles=[P,$`
      .glass {
        touch-action: pan-y;
        cursor: crosshair;
      }
      .glass > canvas + svg {
        position: relative;
        will-change: transform;
      }
      .glass > canvas {
        position: absolute;
        top: 0;
        will-change: transform;
        pointer-events: none;
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
    `]}willUpdate(t){t.has("live")&&this.live&&(this.shown=this.live.extent),(t.has("live")||t.has("filter"))&&(this.things=(this.live?.things??[]).filter(e=>T(this.filter,e))),t.has("at_m")&&this.live&&this.at_m!==null&&(this.shown=Ge(this.shown,this.live.extent,this.at_m))}updated(){this.paintMany();let t=this.renderRoot.querySelector(".glass");!t||this.release||(this.release=mt(t,{panBy:e=>this.move(-e*this.perPixel),zoomBy:(e,r)=>this.zoom(e,(r-this.gutter)/this.scale.width),press:e=>this.choose(Ft(this.scale,e-this.gutter)),over:e=>this.over_m=e&&e[0]>=this.gutter?Ft(this.scale,e[0]-this.gutter):null}))}disconnectedCallback(){this.release?.(),this.release=void 0,super.disconnectedCallback()}get gutter(){return this.width>=tr?Je:0}get scale(){return{extent:this.shown,width:Math.max(1,this.width-this.gutter-2)}}get perPixel(){return(this.shown[1]-this.shown[0])/this.scale.width}get isWhole(){return this.live!==null&&this.shown[1]-this.shown[0]>=this.live.extent[1]-this.live.extent[0]}render(){let{live:t}=this;if(t===null||this.width<80)return p;let e=this.at_m??t.extent[0];return b`<div class="tools">
        <button type="button" @click=${()=>this.zoom(2)}>+<span class="hidden">${u("zoom.in")}</span></button>
        <button type="button" ?disabled=${this.isWhole} @click=${()=>this.zoom(.5)}>−<span class="hidden">${u("zoom.out")}</span></button>
        <button type="button" ?disabled=${this.isWhole} @click=${()=>this.shown=t.extent}>${u("zoom.all")}</button>
        ${t.things.length===0?p:b`<button type="button" @click=${()=>this.step(-1)}>‹ ${u("go.previous")}</button>
                <button type="button" @click=${()=>this.step(1)}>${u("go.next")} ›</button>`}
      </div>
      <div class="glass" role="slider" tabindex="0" aria-label=${u("strip.label")} aria-valuemin=${t.extent[0]}
        aria-valuemax=${t.extent[1]} aria-valuenow=${Math.round(e)} aria-valuetext=${this.spell(e)} @keydown=${this.onKey}>
        ${this.chart(t)}
      </div>
      ${this.readout(t)} ${this.isWhole?t.insets.map(r=>this.inset(t,r)):p}
      <p class="small">${t.kinds.length>1?u("strip.overlap"):p} ${u("strip.unseen_key")}</p>
      <p class="small">${u("strip.how")}</p>`}chart(t){let{scale:e,gutter:r}=this,s=Qn+Zn+6,{found:o,marks:a,bottom:l}=this.lay(t,s),h=We(a);return b`${h?b`<canvas aria-hidden="true"></canvas>`:p}<svg width=${this.width} height=${l+yt} aria-hidden="true">
      <svg x=${r} y="0" width=${e.width} height=${l+yt}>
        ${this.overview(t,e)} ${o.map(c=>c.over?.(e)??p)} ${h?p:a.map(Q)}
        ${this.names(t,e,s-7)} ${Ht(e,l)}
        <rect class="frame" x="0.5" y=${s-3} width=${e.width-1} height=${l-s+3}></rect>
        ${this.cursor(e,s-3,l)}
      </svg>
      ${o.map(c=>this.label(c))}
    </svg>`}lay(t,e){let{scale:r,gutter:s,things:o,laid:a}=this,l=[t,o,r.width,s,...r.extent];if(a&&l.every((m,f)=>m===a.key[f]))return a;let h=jt(t,o,e,s===0),c=Vt(h,e)+3,d=[Kt(t,r,e-3,c-e+3),...h.flatMap(m=>m.marks(r))];return this.laid={key:l,found:h,marks:d,bottom:c,isPainted:!1},this.laid}paintMany(){let{laid:t,scale:e,gutter:r}=this,s=this.renderRoot.querySelector(".glass > canvas"),o=s?.getContext("2d",{willReadFrequently:!0});if(!s||!o||!t||t.isPainted)return;t.isPainted=!0;let a=window.devicePixelRatio||1,[l,h]=[Math.round(e.width*a),Math.round((t.bottom+1)*a)];(s.width!==l||s.height!==h)&&([s.width,s.height]=[l,h],s.style.width=`${e.width}px`,s.style.height=`${t.bottom+1}px`),s.style.left=`${r}px`,o.setTransform(a,0,0,a,0,0),o.clearRect(0,0,e.width,t.bottom+1);let c=getComputedStyle(this);je(o,t.marks,d=>c.getPropertyValue(d).trim())}label({label:t,y:e,high:r}){if(this.gutter===0)return g`<text class="lane" x="4" y=${e-4}>${t}</text>`;let s=e+r/2+4.5;return g`<text class="lane" x="0" y=${s}><title>${t}</title>${this.fitting(t)}</text>`}fitting(t){let e=Je-10;if(this.measure(t,Ze)<=e)return t;let r=t.length-1;for(;r>1&&this.measure(`${t.slice(0,r)}…`,Ze)>e;)r-=1;return`${t.slice(0,r).trimEnd()}…`}overview(t,e){let r={extent:t.extent,width:e.width},s=this.isWhole?t.insets.map(({span:o})=>o):[this.shown];return s.length===0?p:g`<line class="base" x1="0" x2=${e.width} y1="5" y2="5"></line>
      ${s.map(([o,a])=>{let l=Math.max(3,y(r,a)-y(r,o));return g`<rect class="window" x=${Math.min(y(r,o),e.width-l)} y="1" width=${l} height="8"></rect>`})}`}names(t,e,r){return $e(t.places,e,document.documentElement.lang,s=>this.measure(s)).map(s=>g`<line class="tick" x1=${s.tick} x2=${s.tick} y1=${r+2} y2=${r+6}></line>
        <text class="name" x=${s.x} y=${r-2}>${s.text}</text>`)}cursor(t,e,r){let s=[];if(this.at_m!==null&&this.at_m>=this.shown[0]&&this.at_m<=this.shown[1]){let o=y(t,this.at_m);s.push(g`<line class="chosen" x1=${o} x2=${o} y1=${e-6} y2=${r}></line>
        <path class="chosen-mark" d="M${o-6} ${e-8}h12l-6 8z"></path>`)}if(this.over_m!==null){let o=y(t,this.over_m),a=`${H(this.over_m)}  ${this.statusAt(this.over_m)}`,l=this.measure(a)+12,h=Math.max(0,Math.min(t.width-l,o-l/2));s.push(g`<line class="hover" x1=${o} x2=${o} y1=${e} y2=${r}></line>
        <rect class="over" x=${h} y=${r+1} width=${l} height="20" rx="3"></rect>
        <text class="over-words" x=${h+6} y=${r+15}>${a}</text>`)}return s}inset(t,{span:e,title:r}){let s={extent:e,width:this.scale.width},o=jt({...t,open:{bin_m:1,bins:[]},claims:[]},this.things,6,this.gutter===0),a=Vt(o,6)+3;return b`<figure class="inset">
      <figcaption>${r}</figcaption>
      <svg width=${this.width} height=${a+yt} aria-hidden="true" @click=${()=>this.shown=e}>
        <svg x=${this.gutter} y="0" width=${s.width} height=${a+yt}>
          ${Q(Kt(t,s,3,a-3))} ${Ve(o,s)} ${Ht(s,a)}
          <rect class="frame" x="0.5" y="3" width=${s.width-1} height=${a-3}></rect>
        </svg>
        ${o.map(l=>this.label(l))}
      </svg>
    </figure>`}readout(t){let{at_m:e}=this;if(e===null)return b`<div class="readout" aria-live="polite"></div>`;let r=Math.max(50,(this.shown[1]-this.shown[0])*er),s=ye(this.things,e,r);return b`<div class="readout" aria-live="polite">
      <p><strong>${this.spell(e)}</strong></p>
      ${s.length===0?b`<p>${u("strip.nothing",{m:at(r)})}</p>`:p}
      <ul>
        ${s.slice(0,xt).map(o=>this.entry(t,o))}
      </ul>
      ${s.length>xt?b`<p>${u("strip.more",{n:s.length-xt})}</p>`:p}
      ${t.claims.filter(({spans:o})=>dt(o,e)).slice(0,xt).map(o=>b`<p>${o.mark} <a href="#${o.anchor}">“${o.says}”</a> ${o.when}</p>`)}
    </div>`}entry(t,e){let{what:r,held:s,where:o,when:a}=Xe(t,e);return b`<li>
      <strong>${r}</strong>, ${s}. ${o}; ${a}. <code>vallum trace ${e.id}</code>
      ${e.chip>=0?b`<button type="button" @click=${()=>this.tell("case",{chip:e.chip})}>${u("strip.case")}</button>`:p}
    </li>`}statusAt(t){return this.live?.statuses.find(({spans:e})=>dt(e,t))?.label??""}spell(t){let{live:e}=this;if(!e)return"";let r=[...e.places].sort((o,a)=>Math.abs(o.at_m-t)-Math.abs(a.at_m-t))[0],s=e.pairs.find(({spans:o})=>dt(o,t));return[H(t),...r?[u("strip.near",{place:[r.name,...r.names].join(" ")})]:[],this.statusAt(t),s?u("strip.compared",{before:s.before,after:s.after}):u("strip.not_compared")].filter(o=>o!=="").join(", ")}measure(t,e=nr){return this.pen===void 0&&(this.pen=document.createElement("canvas").getContext("2d")),this.pen?(this.pen.font=e,Math.ceil(this.pen.measureText(t).width)+2):t.length*12}zoom(t,e){if(!this.live)return;let r=this.at_m===null?.5:y({extent:this.shown,width:1},this.at_m),s=e??(r>=0&&r<=1?r:.5);this.shown=qe(this.shown,this.live.extent,t,Math.min(1,Math.max(0,s)))}move(t){this.live&&(this.shown=Xt(this.shown,this.live.extent,t))}step(t){let e=this.at_m??(t>0?-1/0:1/0),r=this.things.map(({span:o})=>o[0]).sort((o,a)=>o-a),s=t>0?r.find(o=>o>e):r.findLast(o=>o<e);s!==void 0&&this.choose(s)}choose(t){this.at_m=t,this.tell("choose",{at_m:t})}tell(t,e){this.dispatchEvent(new CustomEvent(t,{detail:e,bubbles:!0,composed:!0}))}};customElements.define("vallum-strip",et);function rr(i){Object.assign(I.en,i)}function qt(i,n){let t=document.querySelector(`[data-live="${i}"]`);return t?(t.append(n),n):null}function ir(i){let n=[...document.querySelectorAll("[data-case]")],t=0;for(let r of n){let{kind:s="",change:o="",held:a="",first:l="",last:h=""}=r.dataset;r.hidden=!T(i,{kind:s,change:o,held:a,first:l,last:h}),r.hidden||(t+=1)}let e=document.querySelector("[data-cases]");e&&(e.textContent=t===0?u("filter.none"):t===n.length?"":u("filter.cases",{n:t,all:n.length}))}function sr(i,{strip:n,map:t,filter:e}){document.addEventListener("choose",r=>{let{at_m:s}=r.detail;for(let o of[n,t])o&&(o.at_m=s)}),document.addEventListener("case",r=>{let{chip:s}=r.detail,o=document.querySelector(`[data-case="${s}"]`);Gt(o),o?.scrollIntoView({block:"start"}),o?.focus({preventScroll:!0})}),document.addEventListener("filter",r=>{let s=r.detail.filter;for(let o of[n,t,e])o&&(o.filter=s);ir(s)});for(let r of document.querySelectorAll("[data-go]"))r.hidden=!1,r.addEventListener("click",()=>{let s=Number(r.dataset.go);for(let o of[n,t])o&&(o.at_m=s);document.querySelector("#chart")?.scrollIntoView({block:"start"})});for(let r of[n,t,e])r&&(r.live=i);for(let r of[n,t,e])r&&(r.filter=S)}function Gt(i){for(let n=i?.closest("details");n;n=n.parentElement?.closest("details"))n.open=!0}function Qe(i){return i.length>1?document.getElementById(decodeURIComponent(i.slice(1))):null}function tn(){document.addEventListener("click",n=>{let e=n.composedPath().find(r=>r instanceof HTMLAnchorElement)?.getAttribute("href")??"";e.startsWith("#")&&Gt(Qe(e))});let i=()=>{let n=Qe(location.hash);Gt(n),n?.scrollIntoView({block:"start"})};addEventListener("hashchange",i),i()}function or(){let i=[];addEventListener("beforeprint",()=>{i=[...document.querySelectorAll("details:not([open])")];for(let n of i)n.open=!0}),addEventListener("afterprint",()=>{for(let n of i)n.open=!1})}function ar(){let i=ge(document.querySelector("#live-data")?.content.textContent??"");if(or(),!i)return tn();rr(i.words),sr(i,{filter:qt("filter",new G),strip:qt("strip",new et),map:qt("map",new Z)});for(let n of document.querySelectorAll("details.still"))n.open=!1;document.documentElement.classList.add("is-live"),tn()}ar();})();
